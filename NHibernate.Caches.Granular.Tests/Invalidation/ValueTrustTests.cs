using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Linq;
using NHibernate.Mapping.ByCode;

namespace NHibernate.Caches.Granular.Tests.Invalidation;

/// <summary>
/// Which values a change is believed to have found or left, for each way in which a session comes by them. After each change no
/// cached result is stale; where the values are known, results that they do not concern are still cached.
/// </summary>
public sealed class ValueTrustTests : BlogFixture
{
    private static readonly int[] s_shelves = [1, 2, 3];

    [Test]
    public void Two_sessions_that_write_one_row_one_after_the_other_leave_nothing_stale()
    {
        using var late = Factory.OpenSession();
        using var transaction = late.BeginTransaction();
        var paper = late.Get<Paper>(1);
        Commit(session => session.Get<Paper>(1).Shelf = 2);
        Prime();
        paper.Title = "late";
        transaction.Commit();
        AssertNothingIsStale();
    }

    [Test]
    public void Session_reused_over_transactions_with_others_changes_between_leaves_nothing_stale()
    {
        using var reused = Factory.OpenSession();
        Paper paper;
        using (var transaction = reused.BeginTransaction())
        {
            paper = reused.Get<Paper>(1);
            transaction.Commit();
        }
        for (var shelf = 2; shelf <= 3; shelf++)
        {
            Commit(session => session.Get<Paper>(1).Shelf = shelf);
            Prime();
            using (var transaction = reused.BeginTransaction())
            {
                paper.Title = $"title {shelf}";
                transaction.Commit();
            }
            AssertNothingIsStale();
            Prime();
            using (var transaction = reused.BeginTransaction())
            {
                paper.Score = shelf;
                reused.Flush();
                paper.Title = $"again {shelf}";
                transaction.Commit();
            }
            AssertNothingIsStale();
        }
    }

    [Test]
    public void Refreshed_and_reloaded_entities_are_known_as_they_are_now()
    {
        foreach (var renew in new Action<ISession, Paper>[] { (session, paper) => session.Refresh(paper), (session, paper) => { session.Evict(paper); session.Get<Paper>(1).Title = "again"; } })
        {
            Commit(session => session.Get<Paper>(1).Shelf = 1);
            using var late = Factory.OpenSession();
            var paper = late.Get<Paper>(1);
            Commit(session => session.Get<Paper>(1).Shelf = 2);
            Prime();
            using (var transaction = late.BeginTransaction())
            {
                renew(late, paper);
                paper.Title = "renewed";
                transaction.Commit();
            }
            AssertKept(1, 3);
            AssertNothingIsStale();
        }
    }

    [Test]
    public void Row_changed_as_another_class_outdates_what_was_loaded_of_it()
    {
        Prime();
        Commit(session =>
        {
            var paper = session.Get<Paper>(1);
            session.Get<Sheet>(1).Shelf = 2;
            session.Flush();
            paper.Title = "by paper";
        });
        AssertNothingIsStale();
    }

    [Test]
    public void Column_that_two_properties_show_has_the_value_that_was_loaded()
    {
        Prime();
        Commit(session =>
        {
            var paper = session.Get<Paper>(1);
            paper.ShelfAgain = 2;
            session.Flush();
            paper.Title = "twice";
        });
        AssertNothingIsStale();
        Prime();
        Commit(session => session.Get<Paper>(1).Shelf = 3);
        AssertKept(2);
        AssertNothingIsStale();
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Column_that_the_database_computes_follows_what_it_is_computed_from(bool stateless)
    {
        Func<ISession, List<int>> byDouble(int value) => session =>
            [.. session.CreateSQLQuery("select id as i from Paper where doubled = :v order by id").AddScalar("i", NHibernateUtil.Int32).SetInt32("v", value).SetCacheable(true).List<int>()];
        foreach (var value in new[] { 10, 14 })
            Ask(byDouble(value));
        if (stateless)
        {
            using var session = Factory.OpenStatelessSession();
            var paper = session.Get<Paper>(1);
            paper.Score = 7;
            session.Update(paper);
        }
        else
            Commit(session => session.Get<Paper>(1).Score = 7);
        Assert.That(Ask(byDouble(10)).Result, Is.Empty);
        Assert.That(Ask(byDouble(14)).Result, Is.EqualTo(new[] { 1 }));
    }

    [Test]
    public void Column_that_is_not_written_has_the_database_s_default()
    {
        static List<int> Noted(ISession session, string note) => [.. session.Query<Paper>().Where(paper => paper.Note == note).OrderBy(paper => paper.Id).Select(paper => paper.Id).WithOptions(o => o.SetCacheable(true)).ToList()];
        Ask(session => Noted(session, "standard"));
        Commit(session => session.Save(new Paper { Id = 9, Title = "nine", Shelf = 3, Note = "ignored" }));
        Assert.That(Ask(session => Noted(session, "standard")).Result, Is.EqualTo(new[] { 1, 2, 9 }));
        Assert.That(Ask(session => Noted(session, "ignored")).Result, Is.Empty);
    }

    [TestCase(typeof(LockedByAll))]
    [TestCase(typeof(LockedByDirty))]
    public void Conditions_of_an_optimistic_lock_are_old_values(System.Type type)
    {
        var table = type.Name;
        List<int> InShelf(ISession session, int shelf) => [.. session.CreateSQLQuery($"select score as s from {table} where shelf = :v").AddScalar("s", NHibernateUtil.Int32).SetInt32("v", shelf).SetCacheable(true).List<int>()];
        Commit(session => session.CreateSQLQuery($"insert into {table} (id, shelf, score, free) values (1, 1, 1, 1)").ExecuteUpdate());
        foreach (var shelf in s_shelves)
            Ask(session => InShelf(session, shelf));
        using (var detached = Factory.OpenSession())
        {
            var row = (Locked)detached.Get(type, 1);
            // What is excluded from the lock may have changed meanwhile.
            Commit(session => session.CreateSQLQuery($"update {table} set free = 2").ExecuteUpdate());
            foreach (var shelf in s_shelves)
                Ask(session => InShelf(session, shelf));
            using var transaction = detached.BeginTransaction();
            (row.Shelf, row.Score) = (2, 5);
            transaction.Commit();
        }
        Assert.That(Ask(session => InShelf(session, 1)).Result, Is.Empty);
        Assert.That(Ask(session => InShelf(session, 2)).Result, Is.EqualTo(new[] { 5 }));
        Assert.That(Ask(session => InShelf(session, 3)).WasHit, Is.True, "the WHERE says where the row was");
    }

    [Test]
    public void Property_excluded_from_the_lock_is_not_taken_for_verified()
    {
        static List<int> Scores(ISession session, int free) => [.. session.Query<LockedByAll>().Where(row => row.Free == free).Select(row => row.Score).WithOptions(o => o.SetCacheable(true)).ToList()];
        Commit(session => session.CreateSQLQuery("insert into LockedByAll (id, shelf, score, free) values (1, 1, 1, 1)").ExecuteUpdate());
        using var late = Factory.OpenSession();
        var row = late.Get<LockedByAll>(1);
        Commit(session => session.CreateSQLQuery("update LockedByAll set free = 2").ExecuteUpdate());
        Ask(session => Scores(session, 2));
        using var transaction = late.BeginTransaction();
        row.Score = 5;
        transaction.Commit();
        Assert.That(Ask(session => Scores(session, 2)).Result, Is.EqualTo(new[] { 5 }));
    }

    [Test]
    public void Stateless_update_with_outdated_values_leaves_nothing_stale()
    {
        using var stateless = Factory.OpenStatelessSession();
        var paper = stateless.Get<Paper>(1);
        Commit(session => session.Get<Paper>(1).Shelf = 2);
        Prime();
        using (var transaction = stateless.BeginTransaction())
        {
            paper.Shelf = 3;
            stateless.Update(paper);
            transaction.Commit();
        }
        AssertNothingIsStale();
        Prime();
        stateless.Delete(paper);
        AssertNothingIsStale();
    }

    [TestCase(FlushMode.Manual)]
    [TestCase(FlushMode.Commit)]
    [TestCase(FlushMode.Auto)]
    [TestCase(FlushMode.Always)]
    public void Changes_are_seen_whenever_they_are_flushed(FlushMode mode)
    {
        Prime();
        Commit(session =>
        {
            session.FlushMode = mode;
            session.Get<Paper>(1).Shelf = 2;
            Assert.That(session.Query<Paper>().Count(paper => paper.Shelf == 2), Is.EqualTo(mode is FlushMode.Auto or FlushMode.Always ? 2 : 1));
            if (mode == FlushMode.Manual)
                session.Flush();
        });
        AssertKept(3);
        AssertNothingIsStale();
    }

    [Test]
    public void Row_deleted_by_its_proxy_is_known_by_its_loading()
    {
        Prime();
        Commit(session => session.Delete(session.Load<Paper>(1)));
        AssertKept(2, 3);
        AssertNothingIsStale();
    }

    [Test]
    public void Rows_deleted_by_a_query_for_them_are_known_by_their_loading()
    {
        static List<int> Posts(ISession session, int cat) => [.. session.Query<Post>().Where(post => post.Cat!.Id == cat).OrderBy(post => post.Id).Select(post => post.Id).WithOptions(o => o.SetCacheable(true)).ToList()];
        Ask(session => Posts(session, 1));
        Ask(session => Posts(session, 2));
        Commit(session => session.Delete("from Post p where p.Id = 3"));
        Assert.That(Ask(session => Posts(session, 1)).Result, Is.EqualTo(new[] { 1 }));
        Assert.That(Ask(session => Posts(session, 2)).WasHit, Is.True);
    }

    [Test]
    public void Stub_that_is_deleted_is_not_known()
    {
        Prime();
        Commit(session => session.Delete(new Paper { Id = 1, Shelf = 3, Title = "stub" }));
        AssertNothingIsStale();
    }

    [Test]
    public void Enum_stored_by_number_is_known()
    {
        static List<int> OfGrade(ISession session, Grade grade) => [.. session.Query<Paper>().Where(paper => paper.Grade == grade).Select(paper => paper.Score).WithOptions(o => o.SetCacheable(true)).ToList()];
        foreach (var grade in new[] { Grade.Low, Grade.High })
            Ask(session => OfGrade(session, grade));
        Commit(session => session.Get<Paper>(1).Score = 9);
        Assert.That(Ask(session => OfGrade(session, Grade.Low)).Result, Does.Contain(9));
        Assert.That(Ask(session => OfGrade(session, Grade.High)).WasHit, Is.True);
    }

    protected override IEnumerable<string> TablesToEmpty => ["Paper", "LockedByAll", "LockedByDirty", .. base.TablesToEmpty];

    protected override void Fill(ISession session)
    {
        base.Fill(session);
        session.CreateSQLQuery("insert into Paper (id, title, shelf, score, grade) values (1, 'one', 1, 5, 0), (2, 'two', 2, 6, 0)").ExecuteUpdate();
    }

    protected override void CreateMore()
    {
        using var connection = new Npgsql.NpgsqlConnection(ConnectionString);
        connection.Open();
        using var command = new Npgsql.NpgsqlCommand("""
            alter table Paper drop column doubled;
            alter table Paper add column doubled int generated always as (score * 2) stored;
            alter table Paper alter column note set default 'standard';
            """, connection);
        command.ExecuteNonQuery();
    }

    protected override ModelMapper Map()
    {
        var mapper = base.Map();
        mapper.Class<Paper>(map =>
        {
            map.Table("Paper");
            map.DynamicUpdate(true);
            map.DynamicInsert(true);
            map.Id(paper => paper.Id, id => id.Generator(Generators.Assigned));
            map.Property(paper => paper.Title);
            map.Property(paper => paper.Shelf);
            map.Property(paper => paper.Score);
            map.Property(paper => paper.Grade);
            map.Property(paper => paper.ShelfAgain, property =>
            {
                property.Column("shelf");
                property.Insert(false);
                property.Update(false);
            });
            map.Property(paper => paper.Note, property => property.Generated(PropertyGeneration.Insert));
            map.Property(paper => paper.Doubled, property => property.Generated(PropertyGeneration.Always));
        });
        mapper.Class<Sheet>(map =>
        {
            map.Table("Paper");
            map.DynamicUpdate(true);
            map.Id(sheet => sheet.Id, id => id.Generator(Generators.Assigned));
            map.Property(sheet => sheet.Shelf);
        });
        mapper.Class<LockedByAll>(map => MapLocked(map, OptimisticLockMode.All));
        mapper.Class<LockedByDirty>(map => MapLocked(map, OptimisticLockMode.Dirty));
        return mapper;
    }

    private static void MapLocked<T>(IClassMapper<T> map, OptimisticLockMode mode)
        where T : Locked
    {
        map.Table(typeof(T).Name);
        map.OptimisticLock(mode);
        map.DynamicUpdate(true);
        map.Id(row => row.Id, id => id.Generator(Generators.Assigned));
        map.Property(row => row.Shelf);
        map.Property(row => row.Score);
        map.Property(row => row.Free, property => property.OptimisticLock(false));
    }

    private static List<string> Titles(ISession session, int shelf) =>
        [.. session.Query<Paper>().Where(paper => paper.Shelf == shelf).OrderBy(paper => paper.Id).Select(paper => paper.Title).WithOptions(o => o.SetCacheable(true)).ToList()];

    private void Prime()
    {
        foreach (var shelf in s_shelves)
        {
            Ask(session => Titles(session, shelf));
            Assert.That(Ask(session => Titles(session, shelf)).WasHit, Is.True);
        }
    }

    private void AssertKept(params int[] shelves) =>
        Assert.That(shelves.Where(shelf => !Ask(session => Titles(session, shelf)).WasHit), Is.Empty, "dropped in vain");

    private void AssertNothingIsStale()
    {
        foreach (var shelf in s_shelves)
        {
            var real = Commit(session =>
            {
                session.CacheMode = CacheMode.Ignore;
                return Titles(session, shelf);
            });
            Assert.That(Ask(session => Titles(session, shelf)).Result, Is.EqualTo(real), $"shelf {shelf}");
        }
    }

    public enum Grade
    {
        Low,
        High,
    }

    public class Paper
    {
        public virtual int Id { get; set; }

        public virtual string Title { get; set; } = "";

        public virtual int Shelf { get; set; }

        public virtual int ShelfAgain { get; set; }

        public virtual int Score { get; set; }

        public virtual Grade Grade { get; set; }

        public virtual string? Note { get; set; }

        public virtual int? Doubled { get; protected set; }
    }

    public class Sheet
    {
        public virtual int Id { get; set; }

        public virtual int Shelf { get; set; }
    }

    public class Locked
    {
        public virtual int Id { get; set; }

        public virtual int Shelf { get; set; }

        public virtual int Score { get; set; }

        public virtual int Free { get; set; }
    }

    public class LockedByAll : Locked;

    public class LockedByDirty : Locked;
}
