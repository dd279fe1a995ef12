using System.Diagnostics;
using NHibernate.Cache;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular;

/// <summary>
/// What the options of Redis come to: the names that keys begin with, and the settings of the client. The configuration string is
/// its user's word; where it says nothing, a cache wants other settings than the client has by default.
/// </summary>
internal static class RedisSettings
{
    // How long sentinels are asked for the master before the start fails.
    private static readonly TimeSpan s_sentinelPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_betweenAttempts = TimeSpan.FromMilliseconds(200);

    // A handshake is several round trips, of which TLS and authentication are slow ones, and nobody waits for it but the start.
    private static readonly TimeSpan s_leastConnectTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_leastHeartbeat = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_mostHeartbeat = TimeSpan.FromSeconds(1);

    extension(RedisOptions options)
    {
        /// <summary>What the names of stamps begin with.</summary>
        public string StampPrefix => options.KeyPrefix ?? "";

        /// <summary>What the names of entries begin with.</summary>
        public string EntryPrefix => options.KeyPrefix + options.EnvironmentName;

        /// <summary>The number to ask a multiplexer's database by; -1 is the client's word for the one of its configuration.</summary>
        public int DatabaseNumber => options.Database ?? -1;

        /// <summary>Whether the multiplexer was made for this cache, which then closes it.</summary>
        public bool OwnsMultiplexer => options.ConnectionMultiplexer is null;

        /// <summary>The user's multiplexer, or a new one. A server that is away is no reason to fail here, unless the string says so.</summary>
        public IConnectionMultiplexer OpenMultiplexer()
        {
            if (options.ConnectionMultiplexer is { } given)
                return given;
            var prepared = options.ToConfigurationOptions();
            return options.Connect is { } connect ? connect(prepared)
                : prepared.ServiceName is null ? ConnectionMultiplexer.Connect(prepared)
                : ConnectThroughSentinels(prepared);
        }

        /// <summary>
        /// The settings to connect with. The string's time limits count where they are shorter: no call takes longer than
        /// <see cref="RedisOptions.Timeout"/>, whatever a string says that was written for another library.
        /// </summary>
        /// <exception cref="ArgumentException">The string cannot be understood.</exception>
        public ConfigurationOptions ToConfigurationOptions()
        {
            var text = options.Configuration ?? "";
            var settings = RedisUrl.ParseAny(text);
            var said = Keywords(RedisUrl.Is(text) ? "" : text);
            var limit = Milliseconds(options.Timeout);
            settings.SyncTimeout = said.Contains("syncTimeout") ? Math.Min(settings.SyncTimeout, limit) : limit;
            settings.AsyncTimeout = said.Contains("asyncTimeout") ? Math.Min(settings.AsyncTimeout, limit) : settings.SyncTimeout;
            if (!said.Contains("connectTimeout"))
                settings.ConnectTimeout = Milliseconds(options.Timeout > s_leastConnectTimeout ? options.Timeout : s_leastConnectTimeout);
            // One try, then the application starts and the client goes on in the background.
            if (!said.Contains("connectRetry"))
                settings.ConnectRetry = 1;
            if (!said.Contains("abortConnect"))
                settings.AbortOnConnectFail = false;
            if (!said.Contains("name"))
                settings.ClientName = $"NHibernate.Caches.Granular@{System.Environment.MachineName}";
            if (options.Database is { } database)
                settings.DefaultDatabase = database;
            // Asynchronous calls time out when the heart beats and not between.
            settings.HeartbeatInterval = Heartbeat(settings.AsyncTimeout);
            // A call that waits for the server to come back is a miss that took long, or an announcement that comes when nobody asks for it
            // any more. But calls to sentinels, which the client makes while it connects, must wait for that.
            settings.BacklogPolicy = settings.ServiceName is null ? BacklogPolicy.FailFast : BacklogPolicy.Default;
            return settings;
        }
    }

    private static HashSet<string> Keywords(string configuration) =>
        configuration.Split(',').Where(part => part.Contains('=', StringComparison.Ordinal)).Select(part => part.Split('=')[0].Trim()).ToHashSet(StringComparer.OrdinalIgnoreCase);

    private static TimeSpan Heartbeat(int timeout)
    {
        var quarter = TimeSpan.FromMilliseconds(timeout / 4d);
        return quarter < s_leastHeartbeat ? s_leastHeartbeat : quarter > s_mostHeartbeat ? s_mostHeartbeat : quarter;
    }

    private static int Milliseconds(TimeSpan time) => (int)Math.Ceiling(time.TotalMilliseconds);

    /// <summary>
    /// The client asks the sentinels once, perhaps before it is connected to them, and throws when it gets no answer, whatever
    /// <c>abortConnect</c> says.
    /// </summary>
    private static ConnectionMultiplexer ConnectThroughSentinels(ConfigurationOptions settings)
    {
        for (var since = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                return ConnectionMultiplexer.Connect(settings);
            }
            catch (RedisConnectionException exception)
            {
                if (Stopwatch.GetElapsedTime(since) > s_sentinelPatience)
                    throw new CacheException($"The granular cache cannot start. The sentinels that cache.configuration names have led to no primary of \"{settings.ServiceName}\" for {s_sentinelPatience.TotalSeconds} s. Check serviceName and the sentinels, or start when there is a primary.", exception);
                Thread.Sleep(s_betweenAttempts);
            }
        }
    }
}
