using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Serialization;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Caches.Granular.Stores.Redis;
using NHibernate.Caches.Granular.Tests.Stores.Protocol;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Tests.Stores.Redis;

/// <summary>Two stores on a real Redis, over fresh stamps, on a server's clock that tests may advance.</summary>
internal sealed class RedisHarness : StoreHarness
{
    private static readonly Lazy<ConnectionMultiplexer> s_connection = new(() => ConnectionMultiplexer.Connect(TestRedis.ConnectionString + ",allowAdmin=true"));

    private readonly RedisStores _stores;
    private readonly RedisStores _neighbours;
    private TimeSpan _passed;

    public RedisHarness(RedisStoreOptions? options = null)
    {
        var prefix = TestRedis.NewPrefix("contract");
        Options = (options ?? new RedisStoreOptions()) with { Prefix = prefix, EntryPrefix = prefix, EntrySpace = new(["first"]), Timeout = TimeSpan.FromSeconds(20), ClockOffset = () => _passed };
        _stores = new RedisStores(s_connection.Value, -1, isOurs: false, Options, new PayloadCodec(new PayloadTypes()));
        _neighbours = new RedisStores(s_connection.Value, -1, isOurs: false, Options with { EntrySpace = new(["second"]) }, new PayloadCodec(new PayloadTypes()));
        var scope = new StoreScope("database", ["view"], null);
        (Redis, NeighbourRedis) = ((RedisStore)_stores.Of(scope), (RedisStore)_neighbours.Of(scope));
        (Store, Neighbour) = (new Settled(Redis), new Settled(NeighbourRedis));
    }

    public RedisStoreOptions Options { get; }

    public RedisStore Redis { get; }

    public RedisStore NeighbourRedis { get; }

    public override ICacheStore Store { get; }

    public override ICacheStore Neighbour { get; }

    public override TimeSpan Lease => TimeSpan.FromSeconds(30);

    public override TimeSpan TimeToLive => TimeSpan.FromHours(4);

    public override TimeSpan MaxTimeToLive => Options.MaxTimeToLive;

    public override ShapeList ShapesOf(ICacheStore store, params TableId[] tables) => (ReferenceEquals(store, Store) ? Redis : NeighbourRedis).FetchShapes(tables);

    public override void Pass(TimeSpan span) => _passed += span;

    public override void Dispose()
    {
        _stores.Dispose();
        _neighbours.Dispose();
    }

    /// <summary>Waits for what nobody else waits for.</summary>
    private sealed class Settled(RedisStore inner) : StoreDecorator(inner), ICacheStore
    {
        public ValueTask<ReadResult> ReadAsync(EntryKey key, Func<ImmutableArray<Shape>> shapes, Sequence? asOf, CancellationToken cancellationToken) =>
            inner.ReadAsync(key, shapes, asOf, cancellationToken);

        public ReadResult[] ReadMany(IReadOnlyList<LookUp> lookUps, Sequence? asOf) => inner.ReadMany(lookUps, asOf);

        public ValueTask<ReadResult[]> ReadManyAsync(IReadOnlyList<LookUp> lookUps, Sequence? asOf, CancellationToken cancellationToken) =>
            inner.ReadManyAsync(lookUps, asOf, cancellationToken);

        public override RejectedPutReason Put(EntryKey key, CacheEntry entry)
        {
            var reason = Inner.Put(key, entry);
            inner.Drain();
            return reason;
        }

        public override void Remove(EntryKey key)
        {
            Inner.Remove(key);
            inner.Drain();
        }

        public override void EndLead(EntryKey key, Token token)
        {
            Inner.EndLead(key, token);
            inner.Drain();
        }
    }
}
