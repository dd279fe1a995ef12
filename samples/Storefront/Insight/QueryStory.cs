using NHibernate;
using NHibernate.Caches.Granular;
using Storefront.Data;
using Storefront.Domain;
using Storefront.Workload;

namespace Storefront.Insight;

/// <summary>
/// What one query goes through that nothing but its profile makes cacheable, told by <c>session.ExplainCache</c>: it is asked, changes are made
/// that do not concern it, and one that does. Not thread-safe.
/// </summary>
/// <param name="factory">With the granular cache, and a profile that caches lists of products.</param>
/// <param name="shop">What is in it.</param>
internal sealed class QueryStory(ISessionFactory factory, ShopDirectory shop)
{
    private readonly ProductEntry _product = shop.Products.First(product => product.Visible);

    /// <summary>What the cache said by itself meanwhile, through its events.</summary>
    public List<string> Heard { get; } = [];

    public string Question => $"visible products of category {_product.Category}";

    public IEnumerable<Chapter> Tell()
    {
        factory.GranularCache().Invalidated += (_, invalidation) => Heard.Add($"{invalidation}");
        var other = shop.Products.First(product => product.Visible && product.Category != _product.Category);
        yield return Explained("nobody has asked it yet");
        Ask();
        yield return Explained("it was asked once");
        foreach (var change in (Change[])[Changes.AddReview(_product.Id, null, 5, 1), Changes.HideOrShow(other.Id), Changes.HideOrShow(_product.Id)])
        {
            using var session = factory.OpenSession();
            using var transaction = session.BeginTransaction();
            change.Run(session, _ => { });
            transaction.Commit();
            yield return Explained($"{change.Name}{(change.Name.Contains($" {other.Id} ", StringComparison.Ordinal) ? ", of another category" : "")}");
        }
        Ask();
        yield return Explained("it was asked again");
    }

    private IQueryable<Product> Query(ISession session) => session.Query<Product>().Where(product => product.Category.Id == _product.Category && product.Visible);

    private void Ask()
    {
        using var session = factory.OpenSession();
        _ = Query(session).ToList();
    }

    private Chapter Explained(string after)
    {
        using var session = factory.OpenSession();
        return new Chapter(after, session.ExplainCache(Query(session)));
    }
}

/// <param name="After">What has happened.</param>
/// <param name="Explanation">What the cache knows of the query then.</param>
internal sealed record Chapter(string After, Explanation Explanation);
