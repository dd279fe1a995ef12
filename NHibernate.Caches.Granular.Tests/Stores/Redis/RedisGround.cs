using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Caches.Granular.Tests.Stores.Protocol;

namespace NHibernate.Caches.Granular.Tests.Stores.Redis;

/// <summary>The store on Redis. Writers match with the shapes of the moment, or with those their process remembers.</summary>
internal sealed class RedisGround(bool remembersShapes) : ProtocolGround
{
    private readonly RedisHarness _harness = new();
    private ICacheStore? _store;

    public override ICacheStore Store => _store ??= remembersShapes ? _harness.Store : new Fresh(_harness);

    public override void Pass(TimeSpan span) => _harness.Pass(span);

    public override void Dispose() => _harness.Dispose();

    private sealed class Fresh(RedisHarness harness) : StoreDecorator(harness.Store)
    {
        public override ShapeList Shapes(IReadOnlyCollection<TableId> tables) => harness.Redis.FetchShapes(tables);
    }
}
