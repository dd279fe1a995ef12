using FluentNHibernate.Mapping;
using Storefront.Domain;

namespace Storefront.Mappings;

internal sealed class BrandMap : ClassMap<Brand>
{
    public BrandMap()
    {
        Cache.ReadWrite();
        Id(x => x.Id).GeneratedBy.HiLo("100");
        Map(x => x.Name).Not.Nullable();
        Map(x => x.Country).Not.Nullable();
    }
}
