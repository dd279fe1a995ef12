using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Tests.Stores;

/// <summary>No store goes without the contract.</summary>
public sealed class StoreWiringTests
{
    [Test]
    public void Every_kind_of_store_in_the_library_is_under_the_contract()
    {
        var inLibrary = typeof(ICacheStores).Assembly.GetTypes().Where(type => type.IsClass && typeof(ICacheStores).IsAssignableFrom(type));
        var underContract = typeof(StoreContractTests).Assembly.GetTypes()
            .Where(type => !type.IsAbstract && type.IsSubclassOf(typeof(StoreContractTests)))
            .Select(type => ((StoreContractTests)Activator.CreateInstance(type)!).Stores);

        Assert.That(underContract, Is.EquivalentTo(inLibrary));
    }
}
