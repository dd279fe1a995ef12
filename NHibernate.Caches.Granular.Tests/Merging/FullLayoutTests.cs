using NHibernate.Caches.Granular.Tests.Merging.Model;
using NHibernate.Criterion;
using NHibernate.Linq;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Tests.Merging;

/// <summary>Results that hold the state of their entities: what a hit gives, and what it loads, which is nothing.</summary>
public sealed class FullLayoutTests : LibraryFixture
{
    private const int Many = 50;

    private static IQuery Full(ISession session, string hql) => session.CreateQuery(hql).SetCacheable(true).SetCacheRegion("full");

    /// <summary>Cached by one session, then asked by another, which executes nothing.</summary>
    private T HitWithoutStatement<T>(Func<ISession, T> query)
    {
        Ask(query);
        using var session = Factory.OpenSession();
        var hits = Statistics.QueryCacheHitCount;
        var (result, statements) = Counted(() => query(session));
        Assert.That((Statistics.QueryCacheHitCount - hits, statements), Is.EqualTo((1, 0)), "a hit, and no statement");
        return result;
    }

    [Test]
    public void Hit_of_fifty_entities_executes_no_statement([Values("full", "auto")] string region)
    {
        Commit(session => Enumerable.Range(100, Many).ToList().ForEach(id => session.Save(new Author { Id = id, Name = "Author" })));

        var authors = HitWithoutStatement(session => session.CreateQuery("from Author a where a.Id >= 100").SetCacheable(true).SetCacheRegion(region).List<Author>());

        Assert.That(authors.Select(author => author.Name), Is.EqualTo(Enumerable.Repeat("Author", Many)));
    }

    [Test]
    public void Shallow_hit_of_fifty_entities_that_their_region_has_executes_no_statement([Values("shallow", "auto")] string region)
    {
        Commit(session => Enumerable.Range(100, Many).ToList().ForEach(id => session.Save(new Publisher { Id = id, Name = "Publisher" })));

        var publishers = HitWithoutStatement(session => session.CreateQuery("from Publisher p where p.Id >= 100").SetCacheable(true).SetCacheRegion(region).List<Publisher>());

        Assert.That(publishers, Has.Count.EqualTo(Many));
    }

    [Test]
    public async Task Hit_executes_no_statement_asynchronously_either()
    {
        const string Hql = "select distinct b from Book b left join fetch b.Chapters left join fetch b.Author";
        Commit(session => Full(session, Hql).List());
        using var session = Factory.OpenSession();
        var before = Statistics.PrepareStatementCount;

        var books = await Full(session, Hql).ListAsync<Book>();

        Assert.That(books.SelectMany(book => book.Chapters).Select(chapter => chapter.Name), Is.EquivalentTo(new[] { "Beginning", "End", "Preface" }));
        Assert.That(books.Select(book => book.Author!.Name), Is.EquivalentTo(new[] { "Ann", "Bob" }));
        Assert.That(Statistics.PrepareStatementCount, Is.EqualTo(before));
    }

    [Test]
    public void Components_with_nulls_formulas_versions_and_references_come_back()
    {
        var books = HitWithoutStatement(session => Full(session, "from Book b order by b.Id").List<Book>());

        Assert.Multiple(() =>
        {
            Assert.That((books[0].Size!.Height, books[0].Size!.Width), Is.EqualTo(((int?)20, (int?)null)));
            Assert.That(books[1].Size, Is.Null);
            Assert.That(books.Select(book => (book.NameLength, book.Version, book.Shelf)), Is.EqualTo(Database(session => session.CreateQuery("from Book b order by b.Id").List<Book>()).Select(book => (book.NameLength, book.Version, book.Shelf))));
            Assert.That(NHibernateUtil.IsInitialized(books[0].Author), Is.False, "a reference stays one");
            Assert.That(books[0].Author!.Id, Is.EqualTo(1));
            Assert.That(books[0].Publisher, Is.SameAs(books[1].Publisher));
        });
    }

    [Test]
    public void Lazy_property_stays_lazy()
    {
        var books = HitWithoutStatement(session => Full(session, "from Book b order by b.Id").List<Book>());

        Assert.That(NHibernateUtil.IsPropertyInitialized(books[0], nameof(Book.Summary)), Is.False);
    }

    [Test]
    public void Lazy_property_loads_itself_afterwards()
    {
        Commit(session => Full(session, "from Book b order by b.Id").List());
        Assert.That(Commit(session => Full(session, "from Book b order by b.Id").List<Book>()[0].Summary), Is.EqualTo("Short"));
    }

    [Test]
    public void Lazy_property_that_the_query_fetches_is_there()
    {
        var books = HitWithoutStatement(session => Full(session, "from Book b fetch all properties order by b.Id").List<Book>());

        Assert.That(NHibernateUtil.IsPropertyInitialized(books[0], nameof(Book.Summary)), Is.True);
        Assert.That(books.Select(book => book.Summary), Is.EqualTo(new[] { "Short", "Long" }));
    }

    [Test]
    public void Lazy_property_that_is_fetched_counts()
    {
        IList<string?> Summaries(ISession session) => [.. Full(session, "from Book b fetch all properties order by b.Id").List<Book>().Select(book => book.Summary)];
        Ask(Summaries);
        Commit(session => Execute(session, "update Book set Summary = 'New' where Id = 1"));
        Assert.That(Ask(Summaries).Result, Is.EqualTo(new[] { "New", "Long" }));
    }

    [Test]
    public void Instances_of_several_classes_come_back_as_what_they_are()
    {
        var media = HitWithoutStatement(session => Full(session, "from Medium m order by m.Id").List<Medium>());

        Assert.That(media.Select(medium => medium.GetType().Name), Is.EqualTo(new[] { "Disc", "Letter", "Medium" }));
        Assert.That((((Disc)media[0]).Minutes, ((Letter)media[1]).Sender), Is.EqualTo((60, "Ann")));
    }

    [Test]
    public void Collections_of_elements_and_scalars_beside_entities_come_back()
    {
        var rows = HitWithoutStatement(session => Full(session, "select b, b.Name, a from Book b left join fetch b.Words join b.Author a where b.Id = 1").List<object[]>());

        Assert.That(rows.Select(row => row[1]), Is.All.EqualTo("First"));
        Assert.That(((Book)rows[0][0]).Words, Is.EquivalentTo(new[] { "red", "blue" }));
        Assert.That(((Author)rows[0][2]).Name, Is.EqualTo("Ann"));
    }

    [Test]
    public void Empty_collection_that_is_fetched_is_loaded()
    {
        Commit(session => session.Save(new Book { Id = 3, Name = "Empty", Shelf = "c" }));

        var books = HitWithoutStatement(session => Full(session, "from Book b left join fetch b.Chapters where b.Id = 3").List<Book>());

        Assert.That(NHibernateUtil.IsInitialized(books[0].Chapters), Is.True);
        Assert.That(books[0].Chapters, Is.Empty);
    }

    [Test]
    public void Identifier_of_several_columns_and_references_of_any_class_come_back()
    {
        Commit(session =>
        {
            session.Save(new Loan { Reader = session.Load<Author>(1), Number = 1, Name = "of a book", Lent = session.Load<Book>(1) });
            session.Save(new Loan { Reader = session.Load<Author>(2), Number = 2, Name = "of a disc", Lent = session.Get<Medium>(1) });
            session.Save(new Loan { Reader = session.Load<Author>(2), Number = 3, Name = "of nothing" });
        });

        var loans = HitWithoutStatement(session => Full(session, "from Loan l order by l.Number").List<Loan>());

        Assert.That(loans.Select(loan => (loan.Reader!.Id, loan.Number, loan.Name)), Is.EqualTo(new[] { (1, 1, "of a book"), (2, 2, "of a disc"), (2, 3, "of nothing") }));
        Assert.That(loans[2].Lent, Is.Null);
        Assert.That(Commit(session => Full(session, "from Loan l order by l.Number").List<Loan>().Select(loan => (loan.Lent as Book)?.Name ?? (loan.Lent as Medium)?.Name).ToList()), Is.EqualTo(new[] { "First", "Disc", null }));
    }

    [Test]
    public void Natural_identifier_is_resolved_without_a_statement()
    {
        static Book Find(ISession session) => session.CreateCriteria<Book>().Add(Restrictions.NaturalId().Set(nameof(Book.Shelf), "b")).SetCacheable(true).SetCacheRegion("full").UniqueResult<Book>();

        Assert.That(HitWithoutStatement(Find).Name, Is.EqualTo("Second"));
    }

    [Test]
    public void Criteria_and_linq_are_held_as_hql_is([Values] bool isLinq)
    {
        var books = HitWithoutStatement(session => isLinq
            ? session.Query<Book>().Where(book => book.Id == 1).Fetch(book => book.Author).WithOptions(o => o.SetCacheable(true).SetCacheRegion("full")).ToList()
            : session.QueryOver<Book>().Where(book => book.Id == 1).Fetch(SelectMode.Fetch, book => book.Author).Cacheable().CacheRegion("full").List());

        Assert.That(books[0].Author!.Name, Is.EqualTo("Ann"));
    }

    [Test]
    public void Queries_of_one_batch_are_held()
    {
        static (int Books, string[] Authors, long Count) Batch(ISession session)
        {
            var books = Full(session, "from Book b join fetch b.Author order by b.Id").Future<Book>();
            var authors = session.CreateQuery("from Author a order by a.Id").SetCacheable(true).SetCacheRegion("auto").Future<Author>();
            var count = Full(session, "select count(*) from Book b").FutureValue<long>();
            return (books.GetEnumerable().Count(), [.. authors.GetEnumerable().Select(author => author.Name)], count.Value);
        }

        Ask(Batch);
        using var session = Factory.OpenSession();
        var (batch, statements) = Counted(() => Batch(session));

        // The class of books has a lazy property: of these nobody tells, in a batch, which query has read it.
        Assert.That((batch.Count, string.Join(' ', batch.Authors), statements), Is.EqualTo((2, "Ann Bob", 1)));
    }

    [Test]
    public void Entity_that_only_the_other_query_of_a_batch_has_read_is_not_held()
    {
        Commit(session => session.Save(new Note { Id = 1, Name = "Note", Card = session.Load<Card>(session.Save(new Card { Id = 1, Name = "Card" })) }));

        // Of the card, the second query reads the key alone.
        static string[] Names(ISession session)
        {
            _ = session.CreateQuery("from Card").Future<Card>();
            return
            [
                .. session.CreateCriteria<Note>().SetProjection(Projections.ProjectionList().Add(Projections.RootEntity()).Add(Projections.Property(nameof(Note.Card))))
                    .SetCacheable(true).SetCacheRegion("full").Future<object[]>().GetEnumerable().Select(row => ((Card)row[1]).Name),
            ];
        }
        AssertFresh(Names);
        Commit(session => session.Get<Card>(1).Name = "New");
        AssertFresh(Names);
    }

    [Test]
    public void Masked_state_is_held_for_its_query_and_is_no_old_value()
    {
        static IList<Author> Masked(ISession session) => session.CreateSQLQuery("select a.Id, 'masked' as Name from Author a where a.Id = 1").AddEntity(typeof(Author)).SetCacheable(true).SetCacheRegion("full").List<Author>();
        static long CountOfAnn(ISession session) => session.Query<Author>().Where(author => author.Name == "Ann").WithOptions(o => o.SetCacheable(true)).LongCount();
        Assert.That(Ask(Masked).Result[0].Name, Is.EqualTo("masked"));
        Ask(CountOfAnn);
        Commit(session =>
        {
            var hits = Statistics.QueryCacheHitCount;
            var author = Masked(session)[0];
            Assert.That((author.Name, Statistics.QueryCacheHitCount), Is.EqualTo(("masked", hits + 1)));
            author.Name = "New";
        });
        Assert.That(Ask(CountOfAnn).Result, Is.Zero);
    }

    [Test]
    public void Read_only_query_gives_read_only_instances()
    {
        static IList<Author> Query(ISession session) => Full(session, "from Author a order by a.Id").SetReadOnly(true).List<Author>();
        Commit(session => Query(session));
        using var session = Factory.OpenSession();
        var authors = Query(session);
        Assert.That(authors.Select(session.IsReadOnly), Is.All.True);
        Assert.That(session.DefaultReadOnly, Is.False);
    }

    [Test]
    public void State_of_a_read_only_session_is_held_as_it_was_read()
    {
        using (var reader = Factory.OpenSession())
        {
            reader.DefaultReadOnly = true;
            Full(reader, "from Author a order by a.Id").List();
        }
        using var session = Factory.OpenSession();
        var (authors, statements) = Counted(() => Full(session, "from Author a order by a.Id").List<Author>());
        Assert.That((statements, session.IsReadOnly(authors[0]), authors[0].Name), Is.EqualTo((0, false, "Ann")));
    }

    [Test]
    public void Merged_instance_that_is_changed_is_written()
    {
        Commit(session => Full(session, "from Book b order by b.Id").List());
        Commit(session => Full(session, "from Book b order by b.Id").List<Book>()[0].Name = "Changed");
        Assert.That(Commit(session => Full(session, "from Book b order by b.Id").List<Book>()[0].Name), Is.EqualTo("Changed"));
        Assert.That(Commit(session => session.CreateSQLQuery("select Name from Book where Id = 1").UniqueResult<string>()), Is.EqualTo("Changed"));
    }

    [Test]
    public void Merged_state_is_an_old_value_as_a_loaded_one_is()
    {
        static string[] Named(ISession session, string name) => [.. session.Query<Author>().Where(author => author.Name == name).Select(author => author.Name).WithOptions(o => o.SetCacheable(true))];
        Cache(session => Named(session, "Ann"));
        Cache(session => Named(session, "Bob"));
        Commit(session => Full(session, "from Author a order by a.Id").List());
        Commit(session =>
        {
            Full(session, "from Author a order by a.Id").List<Author>()[0].Name = "New";
        });
        Assert.That((Ask(session => Named(session, "Ann")).WasHit, Ask(session => Named(session, "Bob")).WasHit), Is.EqualTo((false, true)));
    }

    [Test]
    public void Merged_collection_that_is_changed_is_written()
    {
        const string Hql = "from Book b left join fetch b.Words where b.Id = 1";
        Commit(session => Full(session, Hql).List());
        Commit(session =>
        {
            var words = Full(session, Hql).List<Book>()[0].Words;
            words.Remove("red");
            words.Add("green");
        });
        Assert.That(Commit(session => session.CreateSQLQuery("select word from Word where book_id = 1 order by word").List<string>()), Is.EqualTo(new[] { "blue", "green" }));
    }

    [Test]
    public void Merging_alone_writes_nothing()
    {
        const string Hql = "select distinct b from Book b left join fetch b.Chapters left join fetch b.Author";
        Commit(session => Full(session, Hql).List());
        Statistics.Clear();
        Commit(session => Full(session, Hql).List());
        Assert.That((Statistics.EntityUpdateCount, Statistics.CollectionUpdateCount, Statistics.CollectionRecreateCount, Statistics.CollectionRemoveCount), Is.EqualTo((0, 0, 0, 0)));
    }

    [Test]
    public void Reference_that_a_session_has_is_what_it_was_and_loads_no_more()
    {
        Commit(session => Full(session, "from Author a order by a.Id").List());
        using var session = Factory.OpenSession();
        var reference = session.Load<Author>(2);
        var (author, statements) = Counted(() => Full(session, "from Author a order by a.Id").List<Author>()[1]);
        Assert.That(author, Is.SameAs(reference));
        Assert.That((reference.Name, statements, NHibernateUtil.IsInitialized(reference)), Is.EqualTo(("Bob", 0, true)));
    }

    [Test]
    public void Query_that_is_limited_is_held()
    {
        var books = HitWithoutStatement(session => Full(session, "from Book b where b.Id > :id and exists (select 1 from Book o where o.Id = b.Id) order by b.Id").SetInt32("id", 0).SetFirstResult(1).SetMaxResults(1).List<Book>());

        Assert.That(books.Select(book => book.Name), Is.EqualTo(new[] { "Second" }));
    }

    [Test]
    public void Refreshing_session_has_what_is_cached_read_again()
    {
        static string[] Names(ISession session) => [.. Full(session, "from Author a order by a.Id").List<Author>().Select(author => author.Name)];
        Cache(Names);
        using (var connection = new Npgsql.NpgsqlConnection(ConnectionString))
        {
            connection.Open();
            using var command = new Npgsql.NpgsqlCommand("update Author set Name = 'Behind' where Id = 1", connection);
            command.ExecuteNonQuery();
        }
        Assert.That(Ask(Names), Is.EqualTo((new[] { "Ann", "Bob" }, true)), "nobody has told the cache");

        Commit(session =>
        {
            session.CacheMode = CacheMode.Refresh;
            Assert.That(Names(session), Is.EqualTo(new[] { "Behind", "Bob" }));
        });

        Assert.That(Ask(Names).Result, Is.EqualTo(new[] { "Behind", "Bob" }));
    }
}
