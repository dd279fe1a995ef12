using System.Security.Cryptography.X509Certificates;
using System.Text;
using FluentNHibernate.Cfg;
using NHibernate.Caches.Granular.Tests.Serialization.Zoo;
using NHibernate.Cfg;
using StackExchange.Redis;

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

    public static void Servers(Configuration configuration)
    {
        #region servers
        // One server, and one that is spoken to over TLS as a user of its access control list.
        configuration.UseGranularCache(options => options.Redis.Configuration = "redis.example:6379");
        configuration.UseGranularCache(options => options.Redis.Configuration = "redis.example:6380,ssl=true,user=shop,password=secret");

        // A socket of this machine.
        configuration.UseGranularCache(options => options.Redis.Configuration = "!/run/redis/redis.sock");

        // Sentinels, and the name by which they know the server.
        configuration.UseGranularCache(options => options.Redis.Configuration = "one:26379,two:26379,three:26379,serviceName=main");

        // A cluster: some of its nodes tell the others.
        configuration.UseGranularCache(options => options.Redis.Configuration = "one:6379,two:6379,three:6379");
        #endregion
    }

    public static void TypesOfYourOwn(Configuration configuration)
    {
        #region types of your own
        configuration.UseGranularCache(options => options.Payloads
            .Register<Money>("money")
            .Register("version", (Version version) => Encoding.UTF8.GetBytes(version.ToString()), bytes => Version.Parse(Encoding.UTF8.GetString(bytes))));
        #endregion
    }

    public static void Connect(Configuration configuration, X509Certificate certificate)
    {
        #region Connect
        configuration.UseGranularCache(options =>
        {
            options.Redis.Configuration = "redis.example:6380,ssl=true";
            options.Redis.Connect = settings =>
            {
                settings.CertificateSelection += (_, _, _, _, _) => certificate;
                return ConnectionMultiplexer.Connect(settings);
            };
        });
        #endregion
    }

    public static void OwnMultiplexer(Configuration configuration, IConnectionMultiplexer multiplexer)
    {
        #region multiplexer
        configuration.UseGranularCache(options => options.Redis.ConnectionMultiplexer = multiplexer);
        #endregion
    }

    public static void Regions(Configuration configuration)
    {
        #region regions
        configuration.UseGranularCache(options =>
        {
            options.Redis.Configuration = "redis.example:6379";
            options.Regions["Blog.Post"] = new RegionOptions { Expiration = TimeSpan.FromMinutes(20), UseSlidingExpiration = true };
        });
        #endregion
    }
}
