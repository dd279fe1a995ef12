using NHibernate;
using NHibernate.Caches.Granular;
using NHibernate.Linq;
using Storefront.Domain;

namespace Storefront.Functions;

/// <summary>What stands above a shelf's goods: made of three queries and some arithmetic, and cached as what it is. Thread-safe: immutable.</summary>
/// <param name="Name">The shelf's name.</param>
/// <param name="Products">How many goods it shows.</param>
/// <param name="LowestPrice">The cheapest of them; null when there are none.</param>
/// <param name="Rating">What visitors think of them, one decimal; null when nobody has said.</param>
internal sealed record ShelfSummary(string Name, int Products, decimal? LowestPrice, double? Rating)
{
    public static ShelfSummary Of(ISession session, int shelf) => session.SessionFactory.GranularCache().GetOrAdd(
        session,
        $"shelf {shelf}",
        on => on.On(session.Load<Category>(shelf)).On(Goods(session, shelf)).On(Reviews(session, shelf)),
        () => Compute(session, shelf));

    /// <summary>The same without a cache.</summary>
    public static ShelfSummary Compute(ISession session, int shelf)
    {
        var prices = Goods(session, shelf).Select(product => product.Price).ToList();
        var ratings = Reviews(session, shelf).Select(review => review.Rating).ToList();
        return new ShelfSummary(
            session.Query<Category>().Where(category => category.Id == shelf).Select(category => category.Name).Single(),
            prices.Count,
            prices.Count == 0 ? null : prices.Min(),
            ratings.Count == 0 ? null : Math.Round(ratings.Average(), 1));
    }

    private static IQueryable<Product> Goods(ISession session, int shelf) =>
        session.Query<Product>().Where(product => product.Category.Id == shelf && product.Visible);

    private static IQueryable<Review> Reviews(ISession session, int shelf) =>
        session.Query<Review>().Where(review => review.Approved && review.Product.Category.Id == shelf);
}
