namespace NHibernate.Caches.Granular.Tests.Stores.InProcess;

public sealed class InProcessStoreContractTests : StoreContractTests
{
    internal override StoreHarness CreateHarness() => new InProcessHarness();
}
