using Microsoft.Extensions.DependencyInjection;
using NHibernate.Cache;
using NHibernate.Caches.Granular.Hosting;
using NHibernate.Cfg;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular;

/// <summary>Switches the granular cache on with the options that were added to an application's services.</summary>
public static class HostedConfigurationExtensions
{
    /// <summary>
    /// As <c>UseGranularCache()</c>, with all options of <c>services.AddGranularCache(…)</c>, in the order in which they were added. An
    /// <see cref="IConnectionMultiplexer"/> among the services is used, and not closed, unless the options say themselves how Redis is reached.
    /// </summary>
    /// <returns>The same configuration.</returns>
    /// <exception cref="CacheException">A section of the application's configuration holds what is no option; the message names all of it.</exception>
    public static Configuration UseGranularCache(this Configuration configuration, IServiceProvider services)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(services);
        configuration.UseGranularCache();
        foreach (var setup in services.GetServices<CacheSetup>())
            setup.Apply(configuration);
        return configuration.UseGranularCache(options =>
        {
            if (options.Redis is { Configuration: null, ConnectionMultiplexer: null, Connect: null })
                options.Redis.ConnectionMultiplexer = services.GetService<IConnectionMultiplexer>();
        });
    }
}
