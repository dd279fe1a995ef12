using NHibernate.Mapping.ByCode;
using NHibernate.Mapping.ByCode.Conformist;
using Storefront.Domain;

namespace Storefront.Mappings;

internal sealed class OrderMapping : ClassMapping<Order>
{
    public OrderMapping()
    {
        Table("CustomerOrder");
        Cache(c => c.Usage(CacheUsage.ReadWrite));
        Id(x => x.Id, m => m.Generator(Generators.Sequence, g => g.Params(new { sequence = "customerorder_seq" })));
        Version(x => x.Version, _ => { });
        ManyToOne(x => x.Customer, m => { m.Column("Customer_id"); m.NotNullable(true); m.Index("ix_order_customer"); });
        Property(x => x.Status, m => m.NotNullable(true)); // an enum, stored by number
        Property(x => x.PlacedOn, m => m.NotNullable(true));
        Bag(
            x => x.Lines,
            b =>
            {
                b.Key(k => k.Column("Order_id"));
                b.Inverse(true);
                b.Cascade(Cascade.All);
                b.OrderBy(l => l.Id);
                b.Cache(c => c.Usage(CacheUsage.ReadWrite));
            },
            r => r.OneToMany());
    }
}

internal sealed class OrderLineMapping : ClassMapping<OrderLine>
{
    public OrderLineMapping()
    {
        Cache(c => c.Usage(CacheUsage.ReadWrite));
        Id(x => x.Id, m => m.Generator(Generators.SequenceHiLo, g => g.Params(new { sequence = "orderline_seq", max_lo = 50 })));
        ManyToOne(x => x.Order, m => { m.Column("Order_id"); m.NotNullable(true); m.Index("ix_orderline_order"); });
        ManyToOne(x => x.Sku, m => { m.Column("Sku_id"); m.NotNullable(true); m.Index("ix_orderline_sku"); });
        Property(x => x.Quantity, m => m.NotNullable(true));
        Property(x => x.UnitPrice, m => { m.NotNullable(true); m.Precision(10); m.Scale(2); });
    }
}
