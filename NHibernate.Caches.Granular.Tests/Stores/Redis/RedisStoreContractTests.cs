namespace NHibernate.Caches.Granular.Tests.Stores.Redis;

public sealed class RedisStoreContractTests : StoreContractTests
{
    internal override StoreHarness CreateHarness() => new RedisHarness();
}
