using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Configuration = NHibernate.Cfg.Configuration;

namespace NHibernate.Caches.Granular.Tests.Documentation.Snippets;

/// <summary>How an application on Microsoft.Extensions uses the cache, as the page about hosting shows it.</summary>
internal static class HostingSnippets
{
    public static void Add(IServiceCollection services, IConfiguration configuration)
    {
        #region hosting
        services.AddGranularCache(configuration.GetSection("Granular"));
        services.AddSingleton(provider => new Configuration().Configure().UseGranularCache(provider).BuildSessionFactory());
        services.AddHealthChecks().AddGranularCache();
        #endregion
    }
}
