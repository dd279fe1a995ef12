using FluentNHibernate.Mapping;
using Storefront.Domain;

namespace Storefront.Mappings;

internal sealed class PriceListMap : ClassMap<PriceList>
{
    public PriceListMap()
    {
        Cache.ReadWrite();
        Id(x => x.Id).GeneratedBy.HiLo("100");
        Map(x => x.Name).Not.Nullable();
        Map(x => x.Active).Not.Nullable();
    }
}

internal sealed class ListPriceMap : ClassMap<ListPrice>
{
    public ListPriceMap()
    {
        Cache.ReadWrite();
        Id(x => x.Id).GeneratedBy.HiLo("100");
        References(x => x.PriceList).Not.Nullable();
        References(x => x.Product).Not.Nullable().Index("ix_listprice_product");
        Map(x => x.Amount).Not.Nullable().Precision(10).Scale(2);
    }
}
