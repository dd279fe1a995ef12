using NHibernate.Cfg;
using Environment = NHibernate.Cfg.Environment;

namespace NHibernate.Caches.Granular;

/// <summary>Switches the granular cache on in code.</summary>
public static class ConfigurationExtensions
{
    /// <summary>
    /// Sets the granular cache provider, the second-level cache and the query cache on, with these options. Says the same as the
    /// properties of <see cref="GranularCacheOptions"/> do. Options take effect when the session factory is built, and faults in
    /// them are reported then. They start as what the configuration's properties say, and those that are not changed stay so.
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
        var options = OptionsReader.ReadWithoutFaults(configuration.Properties);
        var before = OptionsReader.Write(options).ToDictionary();
        configure(options);
        var after = OptionsReader.Write(options).ToDictionary();
        // Only what is changed is written: a value of the file's that could not be read is still there to be told of.
        foreach (var (name, value) in after.Where(pair => before.GetValueOrDefault(pair.Key) != pair.Value))
            configuration.SetProperty(name, value);
        foreach (var name in before.Keys.Except(after.Keys))
            configuration.Properties.Remove(name);
        return configuration;
    }
}
