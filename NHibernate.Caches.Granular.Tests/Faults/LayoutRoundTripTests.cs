using NHibernate.Caches.Granular.Servers;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Caches.Granular.Tests.Merging.Model;
using NHibernate.Cfg;
using NHibernate.Mapping.ByCode;

namespace NHibernate.Caches.Granular.Tests.Faults;

/// <summary>What hits of results that hold their entities' state cost on the wire: nothing but the look-up, for no region has the entities.</summary>
[Platform(Exclude = "Win", Reason = "Redis has no server for Windows")]
public sealed class LayoutRoundTripTests : ProxiedNodesFixture
{
    private const int Rows = 50;

    private ISessionFactory _node = null!;

    protected override IEnumerable<string> TablesToEmpty => LibraryMapping.Tables;

    [SetUp]
    public void StartNode() => _node = NewPatientNode();

    protected override ModelMapper Map() => LibraryMapping.Create();

    protected override void Configure(Configuration configuration)
    {
        base.Configure(configuration);
        configuration.UseGranularCache(options => options.Regions["full"] = new RegionOptions { Layout = ResultLayout.Full });
    }

    protected override void Fill(ISession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        for (var i = 1; i <= Rows; i++)
        {
            var author = new Author { Id = i, Name = $"Author {i}" };
            var book = new Book { Id = i, Name = $"Book {i}", Shelf = $"{i}", Author = author };
            session.Save(author);
            session.Save(book);
            book.Words.UnionWith(["red", "blue"]);
        }
    }

    [Test]
    public async Task Query_that_hits_with_fifty_entities_costs_one_and_no_statement([Values("full", "auto")] string region, [Values] bool isAsync)
    {
        await CachedAsync(_node, () => AskAsync(_node, region, isAsync));
        var (hits, statements) = (_node.Statistics.QueryCacheHitCount, _node.Statistics.PrepareStatementCount);

        var cost = await Proxy.Counter.MeasureAsync(async () => Assert.That(await AskAsync(_node, region, isAsync), Is.EqualTo(Expected)));

        Assert.That((cost.RoundTrips, cost.Requests.Count), Is.EqualTo((1, 1)), cost.ToString());
        Assert.That((_node.Statistics.QueryCacheHitCount - hits, _node.Statistics.PrepareStatementCount - statements), Is.EqualTo((1, 0)));
    }

    [Test]
    public async Task State_that_one_node_has_put_is_what_another_node_gets_until_it_changes([Values] bool isAsync)
    {
        var other = NewPatientNode();
        await CachedAsync(_node, () => AskAsync(_node, "full", isAsync));
        await AskAsync(other, "full", isAsync);
        var statements = other.Statistics.PrepareStatementCount;
        Assert.That(await AskAsync(other, "full", isAsync), Is.EqualTo(Expected));
        Assert.That(other.Statistics.PrepareStatementCount, Is.EqualTo(statements), "read from what the first has put");

        Run(other, session => session.Get<Author>(1).Name = "Changed");

        Assert.That((await AskAsync(_node, "full", isAsync))[0], Is.EqualTo("Book 1 Changed blue red"));
    }

    private static IEnumerable<string> Expected => Enumerable.Range(1, Rows).Select(i => $"Book {i} Author {i} blue red");

    private static Task<string[]> AskAsync(ISessionFactory node, string region, bool isAsync)
    {
        static IQuery Query(ISession session, string region) =>
            session.CreateQuery("select distinct b from Book b join fetch b.Author left join fetch b.Words order by b.Id").SetCacheable(true).SetCacheRegion(region);
        static string Print(Book book) => $"{book.Name} {book.Author!.Name} {string.Join(' ', book.Words.Order(StringComparer.Ordinal))}";
        return isAsync
            ? RunAsync(node, async session => (await Query(session, region).ListAsync<Book>()).Select(Print).ToArray())
            : Task.FromResult(Run(node, session => Query(session, region).List<Book>().Select(Print).ToArray()));
    }
}
