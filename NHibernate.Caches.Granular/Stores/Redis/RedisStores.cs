using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Stores.Redis;

/// <summary>Stores on a Redis that all processes share. Thread-safe.</summary>
internal sealed class RedisStores : ICacheStores
{
    private readonly RedisLink _link;
    private readonly RedisStoreOptions _options;
    private readonly IPayloadCodec _codec;

    /// <param name="multiplexer">The connections.</param>
    /// <param name="database">The number of the database on the server; -1 for the connections' own.</param>
    /// <param name="isOurs">Whether they are closed with the stores.</param>
    /// <param name="options">Settings.</param>
    /// <param name="codec">Turns keys and payloads into bytes.</param>
    public RedisStores(IConnectionMultiplexer multiplexer, int database, bool isOurs, RedisStoreOptions options, IPayloadCodec codec)
    {
        _codec = codec;
        _options = options with { Database = multiplexer.GetDatabase(database).Database };
        _link = new RedisLink(multiplexer, database, _options, isOurs);
        OfEveryDatabase = new EveryRedisDatabase(_link, _options);
        Description = $"Redis at {string.Join(", ", multiplexer.GetEndPoints().Select(end => end.ToString()))}, {(options.IsStrict ? "strict" : "degrade")}";
    }

    public string Description { get; }

    public bool IsShared => true;

    public StoreHealth Health => _link.Health;

    public ValueTask<StoreHealth> CheckAsync() => _link.CheckAsync();

    public ICacheStore OfEveryDatabase { get; }

    public ICacheStore Of(StoreScope scope) => new RedisStore(_link, _options, _codec, scope);

    /// <summary>Waits, for a bounded time, for what nobody else waits for. Deletes nothing on the server.</summary>
    public void Dispose() => _link.Dispose();
}
