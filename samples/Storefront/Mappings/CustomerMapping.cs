using NHibernate.Mapping.ByCode;
using NHibernate.Mapping.ByCode.Conformist;
using Storefront.Domain;

namespace Storefront.Mappings;

internal sealed class CustomerMapping : ClassMapping<Customer>
{
    public CustomerMapping()
    {
        Cache(c => c.Usage(CacheUsage.ReadWrite));
        Id(x => x.Id, m => m.Generator(Generators.SequenceHiLo, g => g.Params(new { sequence = "customer_seq", max_lo = 50 })));
        NaturalId(n => n.Property(x => x.Email, m => m.NotNullable(true)));
        Property(x => x.Name, m => m.NotNullable(true));
        Property(x => x.Newsletter, m => m.NotNullable(true));
        ManyToOne(x => x.PriceList, m => m.Column("PriceList_id"));
        Component(x => x.Address, c =>
        {
            c.Property(a => a.Street);
            c.Property(a => a.City);
            c.Property(a => a.PostalCode);
        });
    }
}
