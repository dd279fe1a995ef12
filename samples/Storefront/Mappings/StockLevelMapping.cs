using NHibernate.Mapping.ByCode;
using NHibernate.Mapping.ByCode.Conformist;
using Storefront.Domain;

namespace Storefront.Mappings;

internal sealed class StockLevelMapping : ClassMapping<StockLevel>
{
    public StockLevelMapping()
    {
        Cache(c => c.Usage(CacheUsage.ReadWrite));
        Id(x => x.Id, m => m.Generator(Generators.SequenceHiLo, g => g.Params(new { sequence = "stocklevel_seq", max_lo = 50 })));
        Version(x => x.Version, _ => { });
        ManyToOne(x => x.Sku, m => { m.Column("Sku_id"); m.NotNullable(true); m.Index("ix_stocklevel_sku"); });
        Property(x => x.Warehouse, m => m.NotNullable(true));
        Property(x => x.Quantity, m => m.NotNullable(true));
        Property(x => x.ReorderAt, m => m.NotNullable(true));
    }
}
