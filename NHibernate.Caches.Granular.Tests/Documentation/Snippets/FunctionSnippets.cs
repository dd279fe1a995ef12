using Microsoft.Extensions.Caching.Hybrid;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular.Tests.Documentation.Snippets;

/// <summary>Cached functions, and what goes by time, as the page about functions shows them.</summary>
internal static class FunctionSnippets
{
    public static CategoryPage GetOrAdd(ISessionFactory factory, ISession session, Category category, IQueryable<Product> products)
    {
        #region GetOrAdd
        var page = factory.GranularCache().GetOrAdd(
            session,
            $"category page {category.Id}",
            on => on.On(category).On(products).On<Brand>(),
            () => CategoryPage.Make(category, products.ToList(), session));
        #endregion
        return page;
    }

    public static async Task<int> WithOptions(ISessionFactory factory, ISession session, IQueryable<Product> onSale, CancellationToken cancellation)
    {
        #region options of a function
        var options = new CachedFunctionOptions { Region = "pages", Expiration = TimeSpan.FromHours(1), SingleFlight = SingleFlight.Nodes };
        var count = await factory.GranularCache().GetOrAddAsync(
            session,
            "products on sale",
            on => on.On(onSale),
            cancellationToken => onSale.CountAsync(cancellationToken),
            options,
            cancellation);
        #endregion
        return count;
    }

    public static async Task<decimal[]> ByTime(HybridCache cache, Bank bank)
    {
        #region by time
        var rates = await cache.GetOrCreateAsync(
            "exchange rates",
            async cancellationToken => await bank.RatesAsync(cancellationToken),
            new HybridCacheEntryOptions { Expiration = TimeSpan.FromMinutes(10) });
        #endregion
        return rates;
    }

    internal sealed class Category
    {
        public int Id { get; init; }
    }

    internal sealed class Product;

    internal sealed class Brand;

    internal sealed record CategoryPage(int Category, int Products)
    {
        public static CategoryPage Make(Category category, List<Product> products, ISession session) => new(category.Id, session.IsOpen ? products.Count : 0);
    }

    internal sealed class Bank
    {
        private readonly decimal[] _rates = [1.1m];

        public Task<decimal[]> RatesAsync(CancellationToken cancellationToken) => Task.FromResult(cancellationToken.IsCancellationRequested ? [] : _rates);
    }
}
