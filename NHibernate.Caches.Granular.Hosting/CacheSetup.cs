using Microsoft.Extensions.Configuration;
using NHibernate.Cfg;

namespace NHibernate.Caches.Granular.Hosting;

/// <summary>Options that were added to an application's services. Thread-safe: immutable.</summary>
/// <param name="section">Options as texts.</param>
/// <param name="configure">Options in code.</param>
internal sealed class CacheSetup(IConfiguration? section, Action<GranularCacheOptions>? configure)
{
    public void Apply(Configuration configuration)
    {
        if (section is not null)
        {
            foreach (var (name, value) in SectionReader.Read(section))
                configuration.SetProperty(name, value);
        }
        if (configure is not null)
            configuration.UseGranularCache(configure);
    }
}
