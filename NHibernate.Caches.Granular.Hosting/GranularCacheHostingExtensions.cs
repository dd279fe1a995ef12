using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using NHibernate;
using NHibernate.Cache;
using NHibernate.Caches.Granular;
using NHibernate.Caches.Granular.Hosting;
using StackExchange.Redis;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the granular cache, and its health, to the services of an application, and switches it on with the options among them.</summary>
public static class GranularCacheHostingExtensions
{
    /// <summary>
    /// Adds options of the cache, which take effect where the application says <c>configuration.UseGranularCache(services)</c>, and the
    /// <see cref="GranularCache"/> of the <see cref="ISessionFactory"/> that is a service of the application's. May be called several times;
    /// what is added later counts.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets options in code; null: none.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddGranularCache(this IServiceCollection services, Action<GranularCacheOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (configure is not null)
            services.AddSingleton(new CacheSetup(null, configure));
        services.TryAddSingleton(static provider => provider.GetRequiredService<ISessionFactory>().GranularCache());
        return services;
    }

    /// <summary>As the other form, with options from a section of the application's configuration, named as in code: <c>Expiration</c>, <c>Redis:Configuration</c>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="section">The section; it is read when the options take effect, and then no more. What it holds that is no option is an error then.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddGranularCache(this IServiceCollection services, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(section);
        services.AddSingleton(new CacheSetup(section, null));
        return services.AddGranularCache();
    }

    /// <summary>
    /// As <c>UseGranularCache()</c>, with all options of <c>services.AddGranularCache(…)</c>, in the order in which they were added. An
    /// <see cref="IConnectionMultiplexer"/> among the services is used, and not closed, unless the options say themselves how Redis is reached.
    /// </summary>
    /// <returns>The same configuration.</returns>
    /// <exception cref="CacheException">A section of the application's configuration holds what is no option; the message names all of it.</exception>
    public static NHibernate.Cfg.Configuration UseGranularCache(this NHibernate.Cfg.Configuration configuration, IServiceProvider services)
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

    /// <summary>
    /// Adds a check of the <see cref="GranularCache"/> among the services. It asks Redis, if the cache is there. Out of reach, it is degraded with
    /// <see cref="FailurePolicy.Degrade"/>, where the application works without a cache, and fails with <see cref="FailurePolicy.Strict"/>, where
    /// nothing can be written. In this process it is always healthy.
    /// </summary>
    /// <param name="builder">The checks.</param>
    /// <param name="name">What the check is called.</param>
    /// <param name="tags">Tags to choose checks by.</param>
    /// <returns>The same checks.</returns>
    public static IHealthChecksBuilder AddGranularCache(this IHealthChecksBuilder builder, string name = "granular-cache", IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(name, static provider => new GranularCacheHealthCheck(provider.GetRequiredService<GranularCache>()), null, tags));
    }
}
