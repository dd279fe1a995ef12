using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Caches.Granular.Tests.Merging.Model;
using NHibernate.Cfg;
using NHibernate.Mapping.ByCode;

namespace NHibernate.Caches.Granular.Tests.Merging;

/// <summary>
/// A library whose entities are in no region, except publishers. Queries of the region <c>shallow</c> are cached so, those of the region
/// <c>full</c> so, and all others as the cache thinks best.
/// </summary>
public abstract class LibraryFixture : PlayFixture
{
    protected override IEnumerable<string> TablesToEmpty => LibraryMapping.Tables;

    protected override ModelMapper Map() => LibraryMapping.Create();

    protected override void Configure(Configuration configuration)
    {
        base.Configure(configuration);
        configuration.UseGranularCache(options =>
        {
            options.Regions["shallow"] = new RegionOptions { Layout = ResultLayout.Shallow };
            options.Regions["full"] = new RegionOptions { Layout = ResultLayout.Full };
        });
    }

    protected override void Fill(ISession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        var (ann, bob) = (new Author { Id = 1, Name = "Ann" }, new Author { Id = 2, Name = "Bob" });
        var press = new Publisher { Id = 1, Name = "Press" };
        var first = new Book { Id = 1, Name = "First", Shelf = "a", Author = ann, Publisher = press, Size = new Size { Height = 20 }, Summary = "Short" };
        var second = new Book { Id = 2, Name = "Second", Shelf = "b", Author = bob, Publisher = press, Summary = "Long" };
        foreach (var entity in new object[] { ann, bob, press, first, second })
            session.Save(entity);
        foreach (var (id, name, book) in new[] { (1, "Beginning", first), (2, "End", first), (3, "Preface", second) })
        {
            var chapter = new Chapter { Id = id, Name = name, Book = book };
            session.Save(chapter);
            book.Chapters.Add(chapter);
        }
        first.Words.UnionWith(["red", "blue"]);
        session.Save(new Disc { Id = 1, Name = "Disc", Minutes = 60 });
        session.Save(new Letter { Id = 2, Name = "Letter", Sender = "Ann" });
        session.Save(new Medium { Id = 3, Name = "Stone" });
    }

    /// <summary>What the work executes on the fixture's factory, in a session of its own if it opens one.</summary>
    protected (T Result, long Statements) Counted<T>(Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        var before = Statistics.PrepareStatementCount;
        var result = work();
        return (result, Statistics.PrepareStatementCount - before);
    }
}
