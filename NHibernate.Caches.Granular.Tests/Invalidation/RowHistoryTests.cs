using System.Data.Common;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Cfg;
using NHibernate.Engine;
using NHibernate.Event;
using NHibernate.Linq;
using NHibernate.Mapping.ByCode;
using NHibernate.SqlTypes;
using NHibernate.Type;
using NHibernate.UserTypes;

namespace NHibernate.Caches.Granular.Tests.Invalidation;

/// <summary>
/// What a transaction believes of a row's old values, from what it loaded and from what it did to the row before: wherever that
/// could be wrong, cached results that depend on the true values must go all the same.
/// </summary>
public sealed class RowHistoryTests : BlogFixture
{
    private static readonly (int Cat, bool Visible)[] s_filters = [(1, true), (1, false), (2, true), (2, false), (3, true), (3, false)];

    [Test]
    public void Row_changed_by_values_before_its_entity_is_updated_leaves_nothing_stale()
    {
        Prime();
        Commit(session =>
        {
            var post = session.Get<Post>(3);
            session.CreateSQLQuery("update Post set cat_id = 2 where cat_id = 1 and visible = false").ExecuteUpdate();
            post.Visible = true;
        });
        AssertNothingIsStale();
    }

    [Test]
    public void Conditional_update_that_hits_no_row_is_not_believed()
    {
        Prime();
        Commit(session =>
        {
            var post = session.Get<Post>(3);
            session.CreateSQLQuery("update Post set cat_id = 2 where id = 3 and cat_id = 9 and visible = false").ExecuteUpdate();
            post.Visible = true;
        });
        AssertNothingIsStale();
    }

    [Test]
    public async Task Conditional_update_that_hits_no_row_is_not_believed_asynchronously()
    {
        Prime();
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            var post = await session.GetAsync<Post>(3);
            await session.CreateSQLQuery("update Post set cat_id = 2 where id = 3 and cat_id = 9 and visible = false").ExecuteUpdateAsync();
            post.Visible = true;
            await transaction.CommitAsync();
        }
        AssertNothingIsStale();
    }

    [Test]
    public void Values_that_a_statement_hitting_no_row_compared_are_not_believed()
    {
        Prime();
        Commit(session =>
        {
            session.CreateSQLQuery("update Post set title = 'x' where id = 3 and cat_id = 2 and visible = true").ExecuteUpdate();
            session.CreateSQLQuery("update Post set title = 'y' where id = 3").ExecuteUpdate();
        });
        AssertNothingIsStale();
    }

    [Test]
    public void Insert_that_yields_to_an_existing_row_is_not_believed()
    {
        Prime();
        Commit(session =>
        {
            var post = session.Get<Post>(3);
            session.CreateSQLQuery("insert into Post (id, title, cat_id, visible, price) values (3, 'x', 2, true, 0) on conflict do nothing").ExecuteUpdate();
            post.Title = "third again";
        });
        AssertNothingIsStale();
    }

    [Test]
    public void Entity_of_a_row_that_was_replaced_does_not_say_what_the_new_row_holds()
    {
        Prime();
        Commit(session =>
        {
            var post = session.Get<Post>(3);
            session.CreateSQLQuery("delete from Post where cat_id = 1 and visible = false").ExecuteUpdate();
            session.CreateSQLQuery("insert into Post (id, title, cat_id, visible, price) select 3, 'third', 2, false, 3").ExecuteUpdate();
            post.Title = "third again";
        });
        AssertNothingIsStale();
    }

    [Test]
    public void Session_used_after_a_rollback_does_not_believe_what_was_rolled_back()
    {
        Prime();
        using (var session = Factory.OpenSession())
        {
            Post post;
            using (var transaction = session.BeginTransaction())
            {
                post = session.Get<Post>(3);
                post.Cat = session.Load<Cat>(2);
                session.Flush();
                transaction.Rollback();
            }
            using (var transaction = session.BeginTransaction())
            {
                post.Title = "third again";
                transaction.Commit();
            }
        }
        AssertNothingIsStale();
    }

    [Test]
    public void State_read_from_ones_own_changes_is_not_believed_after_a_rollback()
    {
        Prime();
        using (var session = Factory.OpenSession())
        {
            Post post;
            using (var transaction = session.BeginTransaction())
            {
                session.CreateSQLQuery("update Post set cat_id = 2 where id = 3").ExecuteUpdate();
                post = session.Get<Post>(3);
                transaction.Rollback();
            }
            using (var transaction = session.BeginTransaction())
            {
                post.Title = "third again";
                transaction.Commit();
            }
        }
        AssertNothingIsStale();
    }

    [Test]
    public void Update_that_writes_little_does_not_vouch_for_what_was_not_known_before()
    {
        Prime();
        using (var session = Factory.OpenSession())
        {
            Post post;
            using (var transaction = session.BeginTransaction())
            {
                post = session.Get<Post>(3);
                post.Cat = session.Load<Cat>(2);
                session.Flush();
                transaction.Rollback();
            }
            using (var transaction = session.BeginTransaction())
            {
                post.Score = 9;
                session.Flush();
                post.Title = "third again";
                transaction.Commit();
            }
        }
        AssertNothingIsStale();
    }

    [Test]
    public void Update_that_writes_little_does_not_renew_what_another_session_has_outdated()
    {
        using (var session = Factory.OpenSession())
        {
            var post = session.Get<Post>(3);
            Commit(other => other.Get<Post>(3).Cat = other.Load<Cat>(2));
            Prime();
            using var transaction = session.BeginTransaction();
            post.Score = 9;
            session.Flush();
            post.Title = "third again";
            transaction.Commit();
        }
        AssertNothingIsStale();
    }

    [Test]
    public void Component_that_is_never_written_is_not_believed()
    {
        static List<string> Names(ISession session) =>
            [.. session.CreateSQLQuery("select name as n from Label where region = 'north'").AddScalar("n", NHibernateUtil.String).SetCacheable(true).List<string>()];
        Commit(session => session.CreateSQLQuery("insert into Label (id, kind, region, name) values (1, 'kind', 'north', 'old')").ExecuteUpdate());
        Ask(Names);
        Commit(session =>
        {
            var label = session.Get<Label>(1);
            label.Area!.Region = "south";
            label.Name = "new";
        });
        Assert.That(Ask(Names).Result, Is.EqualTo(new[] { "new" }));
    }

    [Test]
    public void Part_of_a_component_that_is_never_written_is_not_believed_after_a_flush()
    {
        static List<string> Names(ISession session) =>
            [.. session.CreateSQLQuery("select name as n from Label where street = 'main'").AddScalar("n", NHibernateUtil.String).SetCacheable(true).List<string>()];
        Commit(session => session.CreateSQLQuery("insert into Label (id, kind, street, number, name) values (1, 'kind', 'main', 1, 'old')").ExecuteUpdate());
        Ask(Names);
        Commit(session =>
        {
            var label = session.Get<Label>(1);
            (label.Door!.Street, label.Door.Number) = ("side", 2);
            session.Flush();
            label.Name = "new";
        });
        Assert.That(Ask(Names).Result, Is.EqualTo(new[] { "new" }));
    }

    [Test]
    public void Property_that_is_never_written_is_not_believed_after_a_flush()
    {
        static List<int?> Scores(ISession session, string slug) =>
            [.. session.Query<Post>().Where(post => post.Slug == slug).Select(post => post.Score).WithOptions(o => o.SetCacheable(true)).ToList()];
        Ask(session => Scores(session, "first"));
        Commit(session =>
        {
            var post = session.Get<Post>(1);
            post.Slug = "ignored";
            post.Title = "one";
            session.Flush();
            post.Score = 50;
        });
        Assert.That(Ask(session => Scores(session, "first")).Result, Is.EqualTo(new int?[] { 50 }));
    }

    [Test]
    public void Entity_being_updated_says_nothing_of_another_table_s_row_with_the_same_key()
    {
        static List<int> Cats(ISession session, string title) =>
            [.. session.Query<Cat>().Where(cat => cat.Title == title).Select(cat => cat.Id).WithOptions(o => o.SetCacheable(true)).ToList()];
        Ask(session => Cats(session, "A"));
        Commit(session => session.Get<Post>(1).Title = "rename my category");
        Assert.That(Ask(session => Cats(session, "A")).Result, Is.Empty);
    }

    [Test]
    public void State_that_an_interceptor_changed_while_loading_is_not_believed()
    {
        static List<string> Titles(ISession session) =>
            [.. session.Query<Post>().Where(post => post.Slug == "first").Select(post => post.Title).WithOptions(o => o.SetCacheable(true)).ToList()];
        Ask(Titles);
        using (var session = Factory.WithOptions().Interceptor(new MaskSlugs()).OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.Get<Post>(1).Title = "one";
            transaction.Commit();
        }
        Assert.That(Ask(Titles).Result, Is.EqualTo(new[] { "one" }));
    }

    [Test]
    public void Value_that_a_user_type_reads_otherwise_than_it_is_stored_is_not_believed()
    {
        static List<string> Names(ISession session) =>
            [.. session.CreateSQLQuery("select name as n from Label where kind = 'KIND'").AddScalar("n", NHibernateUtil.String).SetCacheable(true).List<string>()];
        Commit(session => session.CreateSQLQuery("insert into Label (id, kind, name) values (1, 'KIND', 'old')").ExecuteUpdate());
        Ask(Names);
        Commit(session => session.Get<Label>(1).Name = "new");
        Assert.That(Ask(Names).Result, Is.EqualTo(new[] { "new" }));
    }

    [Test]
    public void Component_that_shows_its_values_otherwise_than_they_are_stored_is_not_believed()
    {
        static List<string> Names(ISession session) =>
            [.. session.CreateSQLQuery("select name as n from Label where city = 'CITY'").AddScalar("n", NHibernateUtil.String).SetCacheable(true).List<string>()];
        Commit(session => session.CreateSQLQuery("insert into Label (id, kind, city, name) values (1, 'kind', 'CITY', 'old')").ExecuteUpdate());
        Ask(Names);
        Commit(session => session.Get<Label>(1).Name = "new");
        Assert.That(Ask(Names).Result, Is.EqualTo(new[] { "new" }));
    }

    [Test]
    public void Row_changed_twice_by_its_entity_keeps_the_results_it_never_belonged_to()
    {
        Prime();
        Commit(session =>
        {
            var post = session.Get<Post>(3);
            post.Title = "once";
            session.Flush();
            post.Score = 9;
            session.Flush();
            post.Visible = true;
        });
        Assert.That(Ask(session => Titles(session, 2, true)).WasHit, Is.True);
        Assert.That(Ask(session => Titles(session, 2, false)).WasHit, Is.True);
        AssertNothingIsStale();
    }

    protected override IEnumerable<string> TablesToEmpty => [.. base.TablesToEmpty, "Label"];

    protected override ModelMapper Map()
    {
        var mapper = base.Map();
        mapper.Class<Post>(map =>
        {
            map.DynamicUpdate(true);
            map.Property(post => post.Slug, property => property.Update(false));
        });
        mapper.Class<Label>(map =>
        {
            map.Table("Label");
            map.DynamicUpdate(true);
            map.Id(label => label.Id, id => id.Generator(Generators.Assigned));
            map.Property(label => label.Kind, property => property.Type<LowerCase>());
            map.Property(label => label.Name);
            map.Component(label => label.Place!, place => place.Property(town => town.City));
            map.Component(label => label.Area!, area =>
            {
                area.Update(false);
                area.Property(region => region.Region);
            });
            map.Component(label => label.Door!, door =>
            {
                door.Property(part => part.Street, street => street.Update(false));
                door.Property(part => part.Number);
            });
        });
        return mapper;
    }

    protected override void Configure(Configuration configuration)
    {
        base.Configure(configuration);
        configuration.SetListener(ListenerType.PreUpdate, new RenameCategory());
    }

    private static List<string> Titles(ISession session, int cat, bool visible) =>
        [.. session.Query<Post>().Where(post => post.Cat!.Id == cat && post.Visible == visible).OrderBy(post => post.Id).Select(post => post.Title).WithOptions(o => o.SetCacheable(true)).ToList()];

    private void Prime()
    {
        foreach (var (cat, visible) in s_filters)
        {
            Ask(session => Titles(session, cat, visible));
            Assert.That(Ask(session => Titles(session, cat, visible)).WasHit, Is.True);
        }
    }

    private void AssertNothingIsStale()
    {
        foreach (var (cat, visible) in s_filters)
        {
            var real = Commit(session =>
            {
                session.CacheMode = CacheMode.Ignore;
                return Titles(session, cat, visible);
            });
            Assert.That(Ask(session => Titles(session, cat, visible)).Result, Is.EqualTo(real), $"category {cat}, visible {visible}");
        }
    }

    public class Label
    {
        public virtual int Id { get; set; }

        public virtual string Kind { get; set; } = "";

        public virtual Place? Place { get; set; }

        public virtual Area? Area { get; set; }

        public virtual Door? Door { get; set; }

        public virtual string Name { get; set; } = "";
    }

    public class Area
    {
        public virtual string? Region { get; set; }
    }

    public class Door
    {
        public virtual string? Street { get; set; }

        public virtual int? Number { get; set; }
    }

    public class Place
    {
        private string? _city;

        public virtual string? City
        {
            get => _city;
            set => _city = value is null ? null : value[..1] + value[1..].Replace('I', 'i');
        }
    }

    private sealed class RenameCategory : IPreUpdateEventListener
    {
        public bool OnPreUpdate(PreUpdateEvent @event)
        {
            if (@event.Entity is not Post { Title: "rename my category" } post)
                return false;
            using var child = @event.Session.SessionWithOptions().Connection().OpenSession();
            child.CreateSQLQuery("update Cat set title = 'renamed' where id = :id").SetInt32("id", post.Id).ExecuteUpdate();
            return false;
        }

        public Task<bool> OnPreUpdateAsync(PreUpdateEvent @event, CancellationToken cancellationToken) => Task.FromResult(OnPreUpdate(@event));
    }

    private sealed class MaskSlugs : EmptyInterceptor
    {
        public override bool OnLoad(object entity, object id, object[] state, string[] propertyNames, IType[] types)
        {
            var slug = Array.IndexOf(propertyNames, nameof(Post.Slug));
            if (slug < 0)
                return false;
            state[slug] = "masked";
            return true;
        }
    }

    /// <summary>Shows text in lower case, however it is stored.</summary>
    private sealed class LowerCase : IUserType
    {
        public SqlType[] SqlTypes => [new StringSqlType()];

        public System.Type ReturnedType => typeof(string);

        public bool IsMutable => false;

        public new bool Equals(object? x, object? y) => object.Equals(x, y);

        public int GetHashCode(object x) => x.GetHashCode();

        public object? NullSafeGet(DbDataReader rs, string[] names, ISessionImplementor session, object owner) =>
#pragma warning disable CA1308 // Lower case is what this type shows.
            ((string?)NHibernateUtil.String.NullSafeGet(rs, names[0], session))?.ToLowerInvariant();
#pragma warning restore CA1308

        public void NullSafeSet(DbCommand cmd, object value, int index, ISessionImplementor session) => NHibernateUtil.String.NullSafeSet(cmd, value, index, session);

        public object DeepCopy(object value) => value;

        public object Replace(object original, object target, object owner) => original;

        public object Assemble(object cached, object owner) => cached;

        public object Disassemble(object value) => value;
    }
}
