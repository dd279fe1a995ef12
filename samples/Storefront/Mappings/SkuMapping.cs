using NHibernate.Mapping.ByCode;
using NHibernate.Mapping.ByCode.Conformist;
using Storefront.Domain;

namespace Storefront.Mappings;

internal sealed class SkuMapping : ClassMapping<Sku>
{
    public SkuMapping()
    {
        Cache(c => c.Usage(CacheUsage.ReadWrite));
        Id(x => x.Id, m => m.Generator(Generators.SequenceHiLo, g => g.Params(new { sequence = "sku_seq", max_lo = 50 })));
        NaturalId(n => n.Property(x => x.Code, m => m.NotNullable(true)));
        ManyToOne(x => x.Product, m => { m.Column("Product_id"); m.NotNullable(true); m.Index("ix_sku_product"); });
        Property(x => x.Size, m => m.NotNullable(true));
        Property(x => x.Colour, m => m.NotNullable(true));
    }
}
