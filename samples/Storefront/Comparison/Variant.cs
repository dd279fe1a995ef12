using NHibernate;
using NHibernate.Cfg;
using Storefront.Mappings;

namespace Storefront.Comparison;

/// <summary>One way to run the shop. Thread-safe: immutable.</summary>
/// <param name="Name">For people.</param>
/// <param name="Short">For the name of its database.</param>
/// <param name="CacheProvider">The value of <c>cache.provider_class</c>; null for no cache.</param>
internal sealed record Variant(string Name, string Short, string? CacheProvider)
{
    public static readonly Variant NoCache = new("no cache", "none", null);

    public static readonly Variant Standard = new("NHibernate's query cache", "standard", "NHibernate.Cache.HashtableCacheProvider, NHibernate");

    public static readonly Variant Granular = new("granular cache", "granular", "NHibernate.Caches.Granular.GranularCacheProvider, NHibernate.Caches.Granular");

    /// <param name="connectionString">The shop's database.</param>
    /// <param name="configure">Says more about the cache.</param>
    public ISessionFactory BuildSessionFactory(string connectionString, Action<Configuration>? configure = null)
    {
        var configuration = ShopConfiguration.For(connectionString);
        configuration.SetProperty(NHibernate.Cfg.Environment.UseSecondLevelCache, CacheProvider is null ? "false" : "true");
        if (CacheProvider is not null)
        {
            configuration.SetProperty(NHibernate.Cfg.Environment.CacheProvider, CacheProvider);
            configuration.SetProperty(NHibernate.Cfg.Environment.UseQueryCache, "true");
        }
        configure?.Invoke(configuration);
        return configuration.BuildSessionFactory();
    }
}
