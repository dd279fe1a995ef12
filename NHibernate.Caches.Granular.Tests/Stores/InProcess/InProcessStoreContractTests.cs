using NHibernate.Caches.Granular.Stores.InProcess;

namespace NHibernate.Caches.Granular.Tests.Stores.InProcess;

public sealed class InProcessStoreContractTests : StoreContractTests
{
    internal override System.Type Stores => typeof(InProcessStores);

    internal override StoreHarness CreateHarness() => new InProcessHarness();
}
