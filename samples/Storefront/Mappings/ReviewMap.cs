using FluentNHibernate.Mapping;
using Storefront.Domain;

namespace Storefront.Mappings;

internal sealed class ReviewMap : ClassMap<Review>
{
    public ReviewMap()
    {
        Cache.ReadWrite();
        Id(x => x.Id).GeneratedBy.HiLo("100");
        References(x => x.Product).Not.Nullable().Index("ix_review_product");
        References(x => x.Author);
        Map(x => x.Rating).Not.Nullable();
        Map(x => x.Text).Not.Nullable().Length(2000);
        Map(x => x.Approved).Not.Nullable();
        Map(x => x.Read).Not.Nullable().Column("IsRead");
        Map(x => x.WrittenOn).Not.Nullable();
    }
}
