using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Caches.Granular.Tests.Merging.Model;
using NHibernate.Cfg;
using NHibernate.Criterion;
using NHibernate.Event;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Tests.Merging;

/// <summary>Which state a result holds (I11), what it depends on then, and that what is merged is met by listeners as what is loaded is.</summary>
public sealed class HeldStateTests : LibraryFixture
{
    private readonly LoadRecorder _recorder = new();

    protected override void Configure(Configuration configuration)
    {
        base.Configure(configuration);
        configuration.EventListeners.PreLoadEventListeners = [_recorder, .. configuration.EventListeners.PreLoadEventListeners];
        configuration.EventListeners.PostLoadEventListeners = [.. configuration.EventListeners.PostLoadEventListeners, _recorder];
    }

    [SetUp]
    public void Forget() => _recorder.Clear();

    private static IQuery In(ISession session, string region, string hql) => session.CreateQuery(hql).SetCacheable(true).SetCacheRegion(region);

    private static string[] Authors(ISession session, string region) => [.. In(session, region, "from Author a order by a.Id").List<Author>().Select(author => author.Name)];

    private static string[] FullAuthors(ISession session) => Authors(session, "full");

    private bool IsCached(Func<ISession, object> query) => Ask(query).WasHit;

    [TestCase("full", 1, false)]
    [TestCase("full", 0, true)]
    [TestCase("auto", 1, true)]
    [TestCase("auto", 2, false)]
    [TestCase("shallow", 2, true)]
    public void Result_is_not_stored_when_the_session_had_too_many_of_its_entities_before(string region, int had, bool isStored)
    {
        Commit(session =>
        {
            for (var id = 1; id <= had; id++)
                session.Get<Author>(id);
            Authors(session, region);
        });
        Assert.That(IsCached(session => Authors(session, region)), Is.EqualTo(isStored));
    }

    [Test]
    public void Entity_that_the_session_had_before_is_held_by_its_identifier_when_a_region_has_it()
    {
        static string?[] Publishers(ISession session) => [.. In(session, "full", "from Book b join fetch b.Publisher order by b.Id").List<Book>().Select(book => book.Publisher!.Name)];
        Commit(session =>
        {
            session.Get<Publisher>(1);
            Publishers(session);
        });
        Commit(session => session.Get<Publisher>(1).Name = "New");
        Assert.That(Ask(Publishers).Result, Is.EqualTo(new[] { "New", "New" }));
    }

    [Test]
    public void Change_that_the_session_has_not_flushed_is_not_held()
    {
        using (var session = Factory.OpenSession())
        {
            session.FlushMode = FlushMode.Manual;
            session.Get<Author>(1).Name = "Mine";
            Assert.That(Authors(session, "auto"), Is.EqualTo(new[] { "Mine", "Bob" }));
        }
        Assert.That(Ask(session => Authors(session, "auto")), Is.EqualTo((new[] { "Ann", "Bob" }, true)));
    }

    [Test]
    public void Collection_that_the_session_had_before_is_not_held()
    {
        static string[] Words(ISession session) => [.. In(session, "auto", "select distinct b from Book b left join fetch b.Words where b.Id = 1").List<Book>()[0].Words.Order(StringComparer.Ordinal)];
        using (var session = Factory.OpenSession())
        {
            session.FlushMode = FlushMode.Manual;
            session.Get<Book>(1).Words.Add("mine");
            Words(session);
        }
        Assert.That(Ask(Words).Result, Is.EqualTo(new[] { "blue", "red" }));
    }

    [Test]
    public void Element_that_the_session_has_added_is_not_held()
    {
        static string[] Books(ISession session) => [.. In(session, "auto", "from Author a left join fetch a.Books where a.Id = 1").List<Author>()[0].Books.Select(book => book.Name)];
        using (var session = Factory.OpenSession())
        {
            session.FlushMode = FlushMode.Manual;
            session.Get<Author>(1).Books.Add(new Book { Id = 9, Name = "Mine", Shelf = "x" });
            Assert.That(Books(session), Is.EquivalentTo(new[] { "First", "Mine" }));
        }
        Assert.That(Ask(Books).Result, Is.EqualTo(new[] { "First" }));
    }

    [Test]
    public void Collection_that_the_session_has_changed_stays_as_it_is()
    {
        const string Hql = "select distinct b from Book b left join fetch b.Words where b.Id = 1";
        Commit(session => In(session, "full", Hql).List());
        using var session = Factory.OpenSession();
        session.FlushMode = FlushMode.Manual;
        session.Get<Book>(1).Words.Add("mine");
        Assert.That(In(session, "full", Hql).List<Book>()[0].Words, Is.EquivalentTo(new[] { "blue", "mine", "red" }));
    }

    [Test]
    public void Association_that_is_loaded_on_the_way_is_not_held()
    {
        // What of the author counts for this query is its key alone.
        string[] Names(ISession session)
        {
            Listeners.Loaded = other => other.CreateQuery("from Author").List();
            return
            [
                .. session.CreateCriteria<Book>().SetProjection(Projections.ProjectionList().Add(Projections.RootEntity()).Add(Projections.Property(nameof(Book.Author)))).AddOrder(Order.Asc("Id"))
                    .SetCacheable(true).SetCacheRegion("full").List<object[]>().Select(row => ((Author)row[1]).Name),
            ];
        }
        AssertFresh(Names);
        Commit(session => session.Get<Author>(1).Name = "New");
        AssertFresh(Names);
    }

    [Test]
    public void Lazy_property_that_the_other_query_of_a_batch_has_fetched_is_not_held()
    {
        static string?[] Summaries(ISession session)
        {
            _ = session.CreateQuery("from Book b fetch all properties").Future<Book>();
            return [.. In(session, "auto", "from Book b order by b.Id").Future<Book>().GetEnumerable().Select(book => book.Summary)];
        }
        AssertFresh(Summaries);
        Commit(session => Execute(session, "update Book set Summary = 'New' where Id = 1"));
        AssertFresh(Summaries);
    }

    [TestCase("update Author set Name = 'New' where Id = 1")]
    [TestCase("update Book set Name = 'New' where Id = 2")]
    [TestCase("update Book set author_id = 1 where Id = 2")]
    [TestCase("update Book set publisher_id = null where Id = 2")]
    [TestCase("update Book set Version = 7 where Id = 2")]
    [TestCase("update Book set Height = 99 where Id = 1")]
    [TestCase("update Chapter set Name = 'New' where Id = 3")]
    [TestCase("update Chapter set place = 1 - place where book_id = 1")]
    [TestCase("update Chapter set book_id = null where Id = 2")]
    [TestCase("insert into Chapter (Id, Name, book_id, place) values (9, 'New', 2, 1)")]
    public void Change_of_anything_that_is_held_drops_the_result(string change)
    {
        static string[] Everything(ISession session) =>
            [.. In(session, "full", "select distinct b from Book b left join fetch b.Author left join fetch b.Chapters order by b.Id").List<Book>()
                .Select(book => $"{book.Name} {book.Version} {book.Author?.Name} {book.Publisher?.Id} {book.Size?.Height} {string.Join(',', book.Chapters.Select(chapter => chapter?.Name))}")];
        Cache(Everything);
        var before = Ask(Everything).Result;

        Commit(session => Execute(session, change));

        Assert.That(Database(Everything), Is.Not.EqualTo(before), "the change shows");
        Assert.That(Ask(Everything).WasHit, Is.False);
        AssertFresh(Everything);
    }

    [Test]
    public void Change_of_what_is_not_held_keeps_the_result()
    {
        static string[] Names(ISession session) => [.. In(session, "full", "from Book b where b.Id = 1").List<Book>().Select(book => book.Name)];
        Cache(Names);
        Commit(session => Execute(session, "update Book set Summary = 'New' where Id = 1"));
        Commit(session => Execute(session, "update Book set Name = 'New' where Id = 2"));
        Assert.That(IsCached(Names), Is.True);
    }

    [Test]
    public void Shallow_result_is_kept_when_its_entities_change_and_shows_the_change()
    {
        Cache(session => Authors(session, "shallow"));
        Commit(session => session.Get<Author>(1).Name = "New");
        Assert.That(Ask(session => Authors(session, "shallow")), Is.EqualTo((new[] { "New", "Bob" }, true)));
    }

    [TestCase("insert into Note (Id, Name, card_id) values (5, 'New', 1)")]
    [TestCase("insert into Shelf (Id, Code) values (5, 'x')")]
    [TestCase("insert into Shelf (Id, Code) values (7, 'y')")]
    public void Row_that_a_reference_of_a_held_entity_begins_to_lead_to_drops_the_result(string change)
    {
        Commit(session =>
        {
            Execute(session, "insert into Card (Id, Name, shelf_code, former_id) values (1, 'Card', null, 7)");
            if (change.Contains("'x'", StringComparison.Ordinal))
            {
                Execute(session, "insert into Shelf (Id, Code) values (4, 'old')");
                Execute(session, "update Card set shelf_code = 'old'");
            }
        });
        static string[] Cards(ISession session) => [.. In(session, "full", "from Card c").List<Card>().Select(card => $"{card.Note?.Id} {card.Shelf?.Id} {card.Former?.Id}")];
        Cache(Cards);
        Commit(session =>
        {
            if (change.Contains("'x'", StringComparison.Ordinal))
                Execute(session, "update Shelf set Code = 'older' where Id = 4");
            Execute(session, change.Replace("'x'", "'old'", StringComparison.Ordinal));
        });
        Assert.That(Ask(Cards).WasHit, Is.False);
        AssertFresh(Cards);
    }

    [Test]
    public void Listeners_and_interceptors_hear_of_a_merged_entity_as_of_a_loaded_one()
    {
        var loaded = Record(CacheMode.Ignore);
        Commit(FullAuthors);
        var merged = Record(CacheMode.Normal);
        Assert.That(merged, Is.EqualTo(loaded));
        Assert.That(merged, Is.EqualTo(new[] { "instantiate", "instantiate", "on Ann", "on Bob", "post Ann", "post Bob", "pre Ann", "pre Bob" }));

        List<string> Record(CacheMode mode)
        {
            _recorder.Clear();
            using var session = Factory.WithOptions().Interceptor(new LoadInterceptor(_recorder.Heard)).OpenSession();
            session.CacheMode = mode;
            FullAuthors(session);
            return [.. _recorder.Heard.Order(StringComparer.Ordinal)];
        }
    }

    [Test]
    public void What_one_session_s_interceptor_makes_of_a_state_is_not_held()
    {
        using (var session = Factory.WithOptions().Interceptor(new Upper()).OpenSession())
            Assert.That(FullAuthors(session), Is.EqualTo(new[] { "ANN", "BOB" }));
        Assert.That(Ask(FullAuthors), Is.EqualTo((new[] { "Ann", "Bob" }, true)));
        using (var session = Factory.WithOptions().Interceptor(new Upper()).OpenSession())
            Assert.That(FullAuthors(session), Is.EqualTo(new[] { "ANN", "BOB" }), "each makes of it what it makes of every state");
    }

    [Test]
    public void What_a_listener_makes_of_a_state_is_made_once()
    {
        _recorder.Suffix = "!";
        Assert.That(Ask(FullAuthors).Result, Is.EqualTo(new[] { "Ann!", "Bob!" }));
        Assert.That(Ask(FullAuthors), Is.EqualTo((new[] { "Ann!", "Bob!" }, true)));
    }

    [Test]
    public void Merge_that_fails_is_a_miss_and_leaves_nothing_half_made_behind([Values] bool isAsync)
    {
        const string Hql = "select distinct b from Book b left join fetch b.Words order by b.Id";
        Commit(session => In(session, "full", Hql).List());
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            _recorder.FailOnce = "Second";
            var books = isAsync ? In(session, "full", Hql).ListAsync<Book>().GetAwaiter().GetResult() : In(session, "full", Hql).List<Book>();
            Assert.That(books.Select(book => (book.Name, book.Words.Count)), Is.EqualTo(new[] { ("First", 2), ("Second", 0) }));
            Assert.That(_recorder.FailOnce, Is.Null, "it did fail");
            Assert.That(session.IsDirty(), Is.False);
            transaction.Commit();
        }
        Assert.That(Commit(session => session.CreateSQLQuery("select count(*) from Word").UniqueResult<long>()), Is.EqualTo(2), "no collection was taken for removed");
    }

    [Test]
    public void Merge_that_fails_leaves_the_session_its_cache_mode()
    {
        var modes = new List<CacheMode>();
        Commit(FullAuthors);
        var interceptor = new ModeInterceptor(modes);
        using (var session = Factory.WithOptions().Interceptor(interceptor).OpenSession())
        {
            interceptor.Session = session;
            _recorder.FailOnce = "Bob";
            Assert.That(FullAuthors(session), Is.EqualTo(new[] { "Ann", "Bob" }));
            Assert.That(_recorder.FailOnce, Is.Null, "it did fail");
        }
        Assert.That(modes, Is.EqualTo(new[] { CacheMode.Normal }), "when the query is executed instead");
    }

    [Test]
    public void Merge_that_fails_in_a_batch_is_a_miss_of_all_of_it()
    {
        static string[] Names(ISession session)
        {
            var authors = In(session, "full", "from Author a order by a.Id").Future<Author>();
            var media = In(session, "full", "from Medium m order by m.Id").Future<Medium>();
            return [.. authors.GetEnumerable().Select(author => author.Name), .. media.GetEnumerable().Select(medium => medium.Name)];
        }
        Cache(Names);
        _recorder.FailOnce = "Stone";
        Assert.That(Ask(Names).Result, Is.EqualTo(new[] { "Ann", "Bob", "Disc", "Letter", "Stone" }));
        Assert.That(_recorder.FailOnce, Is.Null);
    }

    [Test]
    public void Entity_that_cannot_be_disassembled_is_held_by_its_identifier([Values("full", "auto")] string region)
    {
        Commit(session => Execute(session, "insert into Curio (Id, Name, oddity) values (1, 'Curio', 'odd')"));
        string[] Names(ISession session) => [.. In(session, region, "from Curio c").List<Curio>().Select(curio => $"{curio.Name} {curio.Oddity}")];
        Cache(Names);
        Commit(session => Execute(session, "update Curio set Name = 'New'"));
        AssertFresh(Names);
        Assert.That(Ask(Names).Result, Is.EqualTo(new[] { "New odd" }));
    }

    [Test]
    public void Entity_that_cannot_be_assembled_is_read_again()
    {
        Commit(session => Execute(session, "insert into Curio (Id, Name, rarity) values (1, 'Curio', 'rare')"));
        static string[] Names(ISession session) => [.. In(session, "full", "from Curio c").List<Curio>().Select(curio => $"{curio.Name} {curio.Rarity}")];
        Commit(Names);
        Assert.That(Ask(Names).Result, Is.EqualTo(new[] { "Curio rare" }));
        Assert.That(Ask(Names).Result, Is.EqualTo(new[] { "Curio rare" }));
    }

    [Test]
    public void Owner_that_the_session_has_saved_without_a_collection_is_left_alone([Values("full", "shallow")] string region)
    {
        using var session = Factory.OpenSession();
        var book = new Book { Id = 9, Name = "New", Shelf = "z" };
        typeof(Book).GetProperty(nameof(Book.Words))!.SetValue(book, null);
        using (var transaction = session.BeginTransaction())
        {
            session.Save(book);
            transaction.Commit();
        }
        string[] Names(ISession asking) => [.. In(asking, region, "from Book b left join fetch b.Words where b.Id = 9").List<Book>().Select(each => each.Name)];
        Cache(Names);
        Assert.That(Names(session), Is.EqualTo(new[] { "New" }));
    }

    [Test]
    public void Snapshot_is_not_given_state_that_is_newer()
    {
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction(System.Data.IsolationLevel.RepeatableRead);
        session.Get<Publisher>(1);
        Commit(other => other.Get<Author>(1).Name = "New");
        Cache(FullAuthors);
        Assert.That(FullAuthors(session), Is.EqualTo(new[] { "Ann", "Bob" }));
    }

    [Test]
    public void Result_that_was_read_before_a_commit_and_put_after_it_is_not_given()
    {
        Listeners.Loaded = _ => Commit(other => other.CreateQuery("update Author set Name = 'New' where Id = 1").ExecuteUpdate());
        Assert.That(Ask(FullAuthors).Result, Is.EqualTo(new[] { "Ann", "Bob" }));
        AssertFresh(FullAuthors);
    }

    [Test]
    public void Session_with_changes_of_what_is_held_reads_them()
    {
        Cache(FullAuthors);
        Commit(session =>
        {
            session.CreateQuery("update Author set Name = 'Mine' where Id = 1").ExecuteUpdate();
            Assert.That(FullAuthors(session), Is.EqualTo(new[] { "Mine", "Bob" }));
        });
    }

    [Test]
    public void Cached_state_is_not_touched_by_those_who_get_it()
    {
        const string Hql = "from Book b left join fetch b.Words where b.Id = 1";
        Commit(session => In(session, "full", Hql).List());
        using (var session = Factory.OpenSession())
        {
            var book = In(session, "full", Hql).List<Book>()[0];
            book.Name = "Mine";
            book.Size!.Height = 1;
            book.Words.Clear();
        }
        var again = Commit(session => In(session, "full", Hql).List<Book>()[0]);
        Assert.That((again.Name, again.Size!.Height, again.Words.Count), Is.EqualTo(("First", (int?)20, 2)));
    }

    /// <summary>Makes names upper case when it is given them. Thread-safe: stateless.</summary>
    private sealed class Upper : EmptyInterceptor
    {
        public override bool OnLoad(object entity, object id, object[] state, string[] propertyNames, IType[] types)
        {
            var at = Array.IndexOf(propertyNames, "Name");
            state[at] = ((string)state[at]).ToUpperInvariant();
            return true;
        }
    }

    /// <summary>Has a say on what is loaded, and writes down in which mode statements are prepared. Belongs to one session.</summary>
    private sealed class ModeInterceptor(List<CacheMode> modes) : EmptyInterceptor
    {
        public ISession? Session { get; set; }

        public override bool OnLoad(object entity, object id, object[] state, string[] propertyNames, IType[] types) => false;

        public override SqlCommand.SqlString OnPrepareStatement(SqlCommand.SqlString sql)
        {
            if (Session is not null)
                modes.Add(Session.CacheMode);
            return sql;
        }
    }

    /// <summary>Writes down what it hears. Belongs to one session.</summary>
    private sealed class LoadInterceptor(List<string> heard) : EmptyInterceptor
    {
        public override object? Instantiate(string clazz, object id)
        {
            heard.Add("instantiate");
            return null;
        }

        public override bool OnLoad(object entity, object id, object[] state, string[] propertyNames, IType[] types)
        {
            heard.Add($"on {state[Array.IndexOf(propertyNames, "Name")]}");
            return false;
        }
    }

    /// <summary>A user's listener. Not thread-safe: one test at a time.</summary>
    private sealed class LoadRecorder : IPreLoadEventListener, IPostLoadEventListener
    {
        public List<string> Heard { get; } = [];

        public string? Suffix { get; set; }

        public string? FailOnce { get; set; }

        public void Clear()
        {
            Heard.Clear();
            (Suffix, FailOnce) = (null, null);
        }

        public void OnPreLoad(PreLoadEvent @event)
        {
            var at = Array.IndexOf(@event.Persister.PropertyNames, "Name");
            if (at < 0)
                return;
            var name = (string)@event.State[at];
            Heard.Add($"pre {name}");
            if (name == FailOnce)
            {
                FailOnce = null;
                throw new InvalidOperationException(name);
            }
            @event.State[at] = name + Suffix;
        }

        public Task OnPreLoadAsync(PreLoadEvent @event, CancellationToken cancellationToken)
        {
            OnPreLoad(@event);
            return Task.CompletedTask;
        }

        public void OnPostLoad(PostLoadEvent @event)
        {
            if (@event.Entity is Author author)
                Heard.Add($"post {author.Name}");
        }
    }
}
