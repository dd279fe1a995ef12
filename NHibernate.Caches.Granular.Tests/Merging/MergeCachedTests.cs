using NHibernate.Caches.Granular.Tests.Merging.Model;
using NHibernate.Engine;
using NHibernate.Linq;
using NHibernate.Proxy;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Tests.Merging;

/// <summary>Detached objects that join a session without a SELECT.</summary>
public sealed class MergeCachedTests : LibraryFixture
{
    /// <summary>What the application has in a cache of its own: loaded by a session that is closed.</summary>
    private T Detached<T>(Func<ISession, T> load) => Commit(load);

    private Book DetachedBook() => Detached(session =>
    {
        var book = session.CreateQuery("from Book b join fetch b.Author a left join fetch a.Books left join fetch b.Chapters where b.Id = 1").List<Book>()[0];
        NHibernateUtil.Initialize(book.Words);
        return book;
    });

    [Test]
    public void Graph_joins_without_a_statement_and_keeps_its_shape()
    {
        var detached = DetachedBook();
        using var session = Factory.OpenSession();

        var (book, statements) = Counted(() => session.MergeCached(detached));

        Assert.Multiple(() =>
        {
            Assert.That((statements, session.Contains(book)), Is.EqualTo((0, true)));
            Assert.That(book, Is.Not.SameAs(detached));
            Assert.That((book.Name, book.Version, book.Shelf, book.Size!.Height, book.NameLength), Is.EqualTo(("First", detached.Version, "a", (int?)20, 5)));
            Assert.That(book.Size, Is.Not.SameAs(detached.Size));
            Assert.That(book.Author!.Books.Single(), Is.SameAs(book), "a circle stays one");
            Assert.That(book.Chapters.Select(chapter => (chapter.Name, ReferenceEquals(chapter.Book, book))), Is.EqualTo(new[] { ("Beginning", true), ("End", true) }));
            Assert.That(book.Words, Is.EquivalentTo(new[] { "blue", "red" }));
            Assert.That(session.Get<Chapter>(2), Is.SameAs(book.Chapters[1]));
        });
    }

    [Test]
    public void Merging_alone_writes_nothing_and_what_is_changed_afterwards_is_written()
    {
        var detached = DetachedBook();
        Statistics.Clear();
        Commit(session => session.MergeCached(detached));
        Assert.That((Statistics.EntityUpdateCount, Statistics.CollectionUpdateCount, Statistics.CollectionRecreateCount, Statistics.CollectionRemoveCount), Is.EqualTo((0, 0, 0, 0)));

        Commit(session =>
        {
            var book = session.MergeCached(detached);
            book.Author!.Name = "Changed";
            book.Words.Remove("red");
            book.Words.Add("green");
        });
        Assert.That(Commit(session => session.Get<Author>(1).Name), Is.EqualTo("Changed"));
        Assert.That(Commit(session => session.Get<Book>(1).Words.ToArray()), Is.EquivalentTo(new[] { "blue", "green" }));
    }

    [Test]
    public void Elements_that_are_equal_by_their_values_are_in_their_sets_and_maps()
    {
        var detached = DetachedCatalogue(catalogue => NHibernateUtil.Initialize(catalogue.Index.Sorted));
        Statistics.Clear();
        Commit(session =>
        {
            var (catalogue, statements) = Counted(() => session.MergeCached(detached));
            var subjects = new[] { session.Load<Subject>(1), session.Load<Subject>(2) };
            Assert.Multiple(() =>
            {
                Assert.That(statements, Is.Zero);
                Assert.That((catalogue.Subjects.Count, catalogue.Pages.Count, catalogue.Index.Code), Is.EqualTo((2, 2, "index")));
                Assert.That(catalogue.Index.Sorted, Is.EqualTo(new[] { subjects[1], subjects[0] }).Using<Subject>(ReferenceEquals));
                Assert.That(subjects.Select(catalogue.Subjects.Contains), Is.All.True);
                Assert.That(subjects.Select(subject => catalogue.Pages[subject]), Is.EqualTo(new[] { 10, 20 }));
                Assert.That(subjects.Select(catalogue.Index.Sorted.Contains), Is.All.True);
            });
        });
        Assert.That((Statistics.EntityUpdateCount, Statistics.CollectionUpdateCount, Statistics.CollectionRecreateCount, Statistics.CollectionRemoveCount), Is.EqualTo((0, 0, 0, 0)));
        Assert.That(Commit(session => session.Get<Catalogue>(1).Version), Is.EqualTo(detached.Version));
    }

    [Test]
    public void Elements_that_the_session_refers_to_are_in_their_sets_too()
    {
        var detached = DetachedCatalogue(catalogue => NHibernateUtil.Initialize(catalogue.Index.Sorted));
        using var session = Factory.OpenSession();
        var reference = session.Load<Subject>(2);

        var (catalogue, statements) = Counted(() => session.MergeCached(detached));

        Assert.That((catalogue.Subjects.Count, catalogue.Subjects.Contains(reference), catalogue.Pages[reference], statements), Is.EqualTo((2, true, 20, 0)));
        Assert.That(session.IsDirty(), Is.False);
    }

    [Test]
    public void Collection_of_a_component_is_the_one_of_its_owner_s_key()
    {
        var detached = DetachedCatalogue(_ => { });
        using var session = Factory.OpenSession();

        var sorted = session.MergeCached(detached).Index.Sorted;

        Assert.That((NHibernateUtil.IsInitialized(sorted), string.Join(' ', sorted.Select(subject => subject.Name))), Is.EqualTo((false, "Arts Maths")));
    }

    private Catalogue DetachedCatalogue(Action<Catalogue> initialize)
    {
        Commit(session =>
        {
            var (maths, arts) = (new Subject { Id = 1, Name = "Maths" }, new Subject { Id = 2, Name = "Arts" });
            var catalogue = new Catalogue { Id = 1, Code = "c" };
            catalogue.Subjects.UnionWith([maths, arts]);
            catalogue.Index.Code = "index";
            catalogue.Index.Sorted.UnionWith([maths, arts]);
            (catalogue.Pages[maths], catalogue.Pages[arts]) = (10, 20);
            foreach (var entity in new object[] { maths, arts, catalogue })
                session.Save(entity);
        });
        return Detached(session =>
        {
            var catalogue = session.Get<Catalogue>(1);
            NHibernateUtil.Initialize(catalogue.Subjects);
            NHibernateUtil.Initialize(catalogue.Pages);
            initialize(catalogue);
            return catalogue;
        });
    }

    [Test]
    public void Detached_objects_are_not_touched()
    {
        var detached = DetachedBook();
        Commit(session =>
        {
            var book = session.MergeCached(detached);
            book.Name = "Changed";
            book.Size!.Height = 1;
            book.Words.Clear();
            book.Chapters[0].Name = "Changed";
        });
        Assert.That((detached.Name, detached.Size!.Height, detached.Words.Count, detached.Chapters[0].Name, detached.Author!.Name), Is.EqualTo(("First", (int?)20, 2, "Beginning", "Ann")));
    }

    [Test]
    public void Many_sessions_merge_one_graph_at_once()
    {
        var detached = DetachedBook();
        Parallel.For(0, 50, _ =>
        {
            using var session = Factory.OpenSession();
            Assert.That(session.MergeCached(detached).Chapters, Has.Count.EqualTo(2));
        });
    }

    [TestCase("clean")]
    [TestCase("dirty")]
    [TestCase("deleted")]
    [TestCase("read-only")]
    public void Instance_that_the_session_has_stays_as_it_is(string state)
    {
        var detached = Detached(session => session.Get<Author>(1));
        Commit(other => other.Get<Author>(1).Name = "Newer");
        using var session = Factory.OpenSession();
        session.FlushMode = FlushMode.Manual;
        var author = session.Get<Author>(1);
        if (state == "dirty")
            author.Name = "Mine";
        else if (state == "deleted")
            session.Delete(author);
        else if (state == "read-only")
            session.SetReadOnly(author, true);

        var (merged, statements) = Counted(() => session.MergeCached(detached));

        Assert.That((merged, statements), Is.EqualTo((author, 0)));
        Assert.That(author.Name, Is.EqualTo(state == "dirty" ? "Mine" : "Newer"));
        Assert.That(session.GetSessionImplementation().PersistenceContext.GetEntry(author).Status, Is.EqualTo(state == "deleted" ? Status.Deleted : state == "read-only" ? Status.ReadOnly : Status.Loaded));
    }

    [Test]
    public void Older_instance_that_the_session_has_stays_too()
    {
        using var session = Factory.OpenSession();
        var book = session.Get<Book>(1);
        Commit(other => other.Get<Book>(1).Name = "Newer");
        var detached = Detached(other => other.Get<Book>(1));

        Assert.That(session.MergeCached(detached), Is.SameAs(book));
        Assert.That((book.Name, detached.Version - book.Version), Is.EqualTo(("First", 1)));
    }

    [Test]
    public void Rest_of_a_graph_joins_beside_what_the_session_has()
    {
        var detached = DetachedBook();
        using var session = Factory.OpenSession();
        var mine = session.Get<Book>(1);

        var (book, statements) = Counted(() => session.MergeCached(detached));

        Assert.That(book, Is.SameAs(mine));
        Assert.That(NHibernateUtil.IsInitialized(book.Chapters), Is.False, "its collections are its own");
        Assert.That(NHibernateUtil.IsInitialized(book.Author), Is.True, "its reference leads to what has joined");
        Assert.That((statements, session.Load<Chapter>(1).Name), Is.EqualTo((0, "Beginning")));
    }

    [Test]
    public void Proxy_of_the_session_is_resolved_and_returned()
    {
        var detached = Detached(session => session.Get<Author>(1));
        using var session = Factory.OpenSession();
        var proxy = session.Load<Author>(1);

        Assert.That(session.MergeCached(detached), Is.SameAs(proxy));
        Assert.That(Counted(() => proxy.Name), Is.EqualTo(("Ann", 0L)));
    }

    [Test]
    public void What_is_not_loaded_stays_so_and_belongs_to_the_session()
    {
        var detached = Detached(session => session.Get<Book>(1));
        using var session = Factory.OpenSession();

        var book = session.MergeCached(detached);

        Assert.That((NHibernateUtil.IsInitialized(book.Author), NHibernateUtil.IsInitialized(book.Chapters), NHibernateUtil.IsPropertyInitialized(book, "Summary")), Is.EqualTo((false, false, false)));
        Assert.That(book.Author, Is.SameAs(session.Load<Author>(1)));
        Assert.That((book.Author!.Name, book.Chapters.Count, book.Summary), Is.EqualTo(("Ann", 2, "Short")));
    }

    [Test]
    public void Reference_that_is_loaded_joins_as_what_it_leads_to()
    {
        var detached = Detached(session =>
        {
            var medium = session.Load<Medium>(1);
            NHibernateUtil.Initialize(medium);
            return medium;
        });
        Assert.That(detached.IsProxy(), Is.True);
        using var session = Factory.OpenSession();

        var (medium, statements) = Counted(() => session.MergeCached(detached));

        Assert.That((medium.GetType(), ((Disc)medium).Minutes, statements), Is.EqualTo((typeof(Disc), 60, 0)));
    }

    [Test]
    public void Reference_that_is_not_loaded_is_one_of_the_session()
    {
        var detached = Detached(session => session.Load<Author>(2));
        using var session = Factory.OpenSession();

        var (author, statements) = Counted(() => session.MergeCached(detached));

        Assert.That((NHibernateUtil.IsInitialized(author), statements, author.Name), Is.EqualTo((false, 0, "Bob")));
    }

    [Test]
    public void Identifier_of_several_columns_references_of_any_class_and_maps_join()
    {
        Commit(session =>
        {
            session.Save(new Loan { Reader = session.Load<Author>(1), Number = 1, Name = "Loan", Lent = session.Load<Book>(1) });
            var shelf = new Shelf { Id = 1, Code = "x" };
            shelf.Keepers.Add("monday", session.Load<Author>(1));
            session.Save(shelf);
        });
        var (loan, shelf) = Detached(session =>
        {
            var loan = session.CreateQuery("from Loan l").UniqueResult<Loan>();
            NHibernateUtil.Initialize(loan.Reader);
            NHibernateUtil.Initialize(loan.Lent);
            return (loan, session.CreateQuery("from Shelf s join fetch s.Keepers").UniqueResult<Shelf>());
        });
        using var session = Factory.OpenSession();

        var (merged, statements) = Counted(() => (Loan: session.MergeCached(loan), Shelf: session.MergeCached(shelf)));

        Assert.Multiple(() =>
        {
            Assert.That(statements, Is.Zero);
            Assert.That((merged.Loan.Name, merged.Loan.Reader!.Name, ((Book)merged.Loan.Lent!).Name), Is.EqualTo(("Loan", "Ann", "First")));
            Assert.That(merged.Loan.Reader, Is.Not.SameAs(loan.Reader));
            Assert.That(merged.Shelf.Keepers["monday"], Is.SameAs(merged.Loan.Reader));
            Assert.That(session.IsDirty(), Is.False);
        });
    }

    [Test]
    public void Outdated_version_fails_when_it_is_written()
    {
        var detached = Detached(session => session.Get<Book>(1));
        Commit(other => other.Get<Book>(1).Name = "Newer");

        Assert.That(() => Commit(session => session.MergeCached(detached).Name = "Mine"), Throws.InstanceOf<StaleObjectStateException>());
        Assert.That(Commit(session => session.Get<Book>(1).Name), Is.EqualTo("Newer"));
    }

    [Test]
    public void Later_of_two_versions_in_one_graph_joins([Values] bool isLaterFirst)
    {
        Commit(session => session.Save(new Loan { Reader = session.Load<Author>(1), Number = 1, Name = "Loan", Lent = session.Load<Book>(1) }));
        Author WithBook() => Detached(session => session.CreateQuery("from Author a join fetch a.Books where a.Id = 1").List<Author>()[0]);
        var (loan, older) = (Detached(session => session.CreateQuery("from Loan l").UniqueResult<Loan>()), WithBook());
        Commit(other => other.Get<Book>(1).Name = "Newer");
        var newer = WithBook();
        (loan.Reader, loan.Lent) = isLaterFirst ? (newer, older.Books.Single()) : (older, newer.Books.Single());
        using var session = Factory.OpenSession();

        var merged = session.MergeCached(loan);

        Assert.That(((Book)merged.Lent!).Name, Is.EqualTo("Newer"));
        Assert.That(merged.Reader!.Books.Single(), Is.SameAs(merged.Lent));
    }

    [Test]
    public void Old_value_of_a_change_is_not_what_the_detached_object_says()
    {
        static long Count(ISession session, string name) => session.Query<Author>().Where(author => author.Name == name).WithOptions(o => o.SetCacheable(true)).LongCount();
        var detached = Detached(session => session.Get<Author>(1));
        Commit(other => other.Get<Author>(1).Name = "Eve");
        Cache(session => Count(session, "Eve"));

        Commit(session => session.MergeCached(detached).Name = "New");

        Assert.That(Ask(session => Count(session, "Eve")).Result, Is.Zero);
    }

    [Test]
    public void State_of_a_merged_object_is_in_no_result()
    {
        var detached = Detached(session => session.Get<Author>(1));
        Commit(other => other.Get<Author>(1).Name = "Eve");
        static string[] Names(ISession session) => [.. session.CreateQuery("from Author a order by a.Id").SetCacheable(true).List<Author>().Select(author => author.Name)];
        using (var session = Factory.OpenSession())
        {
            session.MergeCached(detached);
            Assert.That(Names(session), Is.EqualTo(new[] { "Ann", "Bob" }), "the session's own instance");
        }
        Assert.That(Ask(Names).Result, Is.EqualTo(new[] { "Eve", "Bob" }));
    }

    [Test]
    public void What_was_never_saved_is_refused_and_nothing_joins()
    {
        var detached = DetachedBook();
        detached.Chapters[0].Book = new Book { Name = "New" };
        using var session = Factory.OpenSession();

        Assert.That(() => session.MergeCached(detached), Throws.InstanceOf<TransientObjectException>().With.Message.Contains("was never saved"));
        Assert.That(session.Statistics.EntityCount, Is.Zero);
    }

    [TestCase("added to")]
    [TestCase("replaced")]
    [TestCase("watched")]
    public void What_was_changed_is_refused_and_nothing_joins(string how)
    {
        var detached = DetachedBook();
        if (how == "added to")
            detached.Words.Add("more");
        else if (how == "replaced")
            typeof(Book).GetProperty(nameof(Book.Words))!.SetValue(detached, new HashSet<string> { "other" });
        else
            detached.Name = "Changed";
        using var session = Factory.OpenSession();

        Assert.That(() => session.MergeCached(detached), Throws.InstanceOf<HibernateException>().With.Message.Contains("Use ISession.Merge"));
        Assert.That(session.Statistics.EntityCount, Is.Zero);
    }

    [Test]
    public void Instance_of_the_session_is_returned_as_it_is()
    {
        using var session = Factory.OpenSession();
        var author = session.Get<Author>(1);
        Assert.That(session.MergeCached(author), Is.SameAs(author));
    }

    [Test]
    public void Read_only_session_gets_it_read_only()
    {
        var detached = Detached(session => session.Get<Author>(1));
        using var session = Factory.OpenSession();
        session.DefaultReadOnly = true;
        Assert.That(session.IsReadOnly(session.MergeCached(detached)), Is.True);
    }

    [Test]
    public void Listeners_hear_that_it_was_loaded_and_interceptors_that_it_was_made()
    {
        var detached = Detached(session => session.Get<Author>(1));
        var interceptor = new Interceptor();
        using var session = Factory.WithOptions().Interceptor(interceptor).OpenSession();
        var loaded = 0;
        Listeners.Loaded = _ => loaded++;

        Assert.That(session.MergeCached(detached).Name, Is.EqualTo("Ann"));

        Assert.That((loaded, string.Join(' ', interceptor.Heard)), Is.EqualTo((1, "instantiate")), "OnLoad has made of the state what it makes of it, when it was loaded");
    }

    /// <summary>Writes down what it hears. Belongs to one session.</summary>
    private sealed class Interceptor : EmptyInterceptor
    {
        public List<string> Heard { get; } = [];

        public override object? Instantiate(string clazz, object id)
        {
            Heard.Add("instantiate");
            return null;
        }

        public override bool OnLoad(object entity, object id, object[] state, string[] propertyNames, IType[] types)
        {
            Heard.Add("on load");
            return false;
        }
    }
}
