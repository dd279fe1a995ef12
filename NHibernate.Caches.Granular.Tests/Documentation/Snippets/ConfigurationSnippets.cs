using FluentNHibernate.Cfg;
using NHibernate.Cfg;

namespace NHibernate.Caches.Granular.Tests.Documentation.Snippets;

/// <summary>The ways to switch the cache on in code, as the page about configuration shows them.</summary>
internal static class ConfigurationSnippets
{
    public static void UseGranularCache(Configuration configuration)
    {
        #region UseGranularCache
        configuration.UseGranularCache(options => options.Expiration = TimeSpan.FromMinutes(10));
        #endregion
    }

    public static void ByCode(Configuration configuration)
    {
        #region by code
        configuration.Cache(cache =>
        {
            cache.Provider<GranularCacheProvider>();
            cache.UseQueryCache = true;
        });
        #endregion
    }

    public static FluentConfiguration WithFluentNHibernate(Configuration configuration)
    {
        return
        #region FluentNHibernate
        Fluently.Configure(configuration)
            .Cache(cache => cache.ProviderClass<GranularCacheProvider>().UseSecondLevelCache().UseQueryCache());
        #endregion
    }
}
