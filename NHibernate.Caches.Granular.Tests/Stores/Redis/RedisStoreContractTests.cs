using NHibernate.Caches.Granular.Stores.Redis;

namespace NHibernate.Caches.Granular.Tests.Stores.Redis;

public sealed class RedisStoreContractTests : StoreContractTests
{
    internal override System.Type Stores => typeof(RedisStores);

    internal override StoreHarness CreateHarness() => new RedisHarness();
}
