using NHibernate.Cfg;
using Environment = NHibernate.Cfg.Environment;

namespace NHibernate.Caches.Granular;

/// <summary>Switches the granular cache on in code.</summary>
public static class ConfigurationExtensions
{
    /// <summary>
    /// Sets the granular cache provider, the second-level cache and the query cache on, with these options. Says the same as the
    /// properties of <see cref="GranularCacheOptions"/> do. Options take effect when the session factory is built, and faults in
    /// them are reported then.
    /// </summary>
    /// <returns>The same configuration.</returns>
    public static Configuration UseGranularCache(this Configuration configuration, Action<GranularCacheOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        configuration.SetProperty(Environment.CacheProvider, typeof(GranularCacheProvider).AssemblyQualifiedName);
        configuration.SetProperty(Environment.UseSecondLevelCache, "true");
        configuration.SetProperty(Environment.UseQueryCache, "true");
        if (configure is null)
            return configuration;
        var options = new GranularCacheOptions();
        configure(options);
        foreach (var (name, value) in OptionsReader.Write(options))
            configuration.SetProperty(name, value);
        return configuration;
    }
}
