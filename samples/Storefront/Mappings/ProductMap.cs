using FluentNHibernate.Mapping;
using Storefront.Domain;

namespace Storefront.Mappings;

internal sealed class ProductMap : ClassMap<Product>
{
    public ProductMap()
    {
        Cache.ReadWrite();
        Id(x => x.Id).GeneratedBy.HiLo("100");
        NaturalId().Property(x => x.Slug);
        Version(x => x.Version);
        Map(x => x.PublicId).Not.Nullable().Unique();
        Map(x => x.Name).Not.Nullable();
        References(x => x.Category).Not.Nullable().Index("ix_product_category");
        References(x => x.Brand).Index("ix_product_brand");
        Map(x => x.Status).Not.Nullable(); // an enum, stored by name
        Map(x => x.Visible).Not.Nullable();
        Map(x => x.Featured).Not.Nullable();
        Map(x => x.Price).Not.Nullable().Precision(10).Scale(2);
        Map(x => x.CreatedOn).Not.Nullable();
        HasManyToMany(x => x.Tags).Table("ProductTag").ParentKeyColumn("Product_id").ChildKeyColumn("Tag_id").AsSet().Cache.ReadWrite();
        HasMany(x => x.Skus).KeyColumn("Product_id").Inverse().OrderBy("Id").Cache.ReadWrite();
    }
}
