using FluentNHibernate.Mapping;
using Storefront.Domain;

namespace Storefront.Mappings;

internal sealed class CategoryMap : ClassMap<Category>
{
    public CategoryMap()
    {
        Cache.ReadWrite();
        Id(x => x.Id).GeneratedBy.HiLo("100");
        Map(x => x.Name).Not.Nullable();
        References(x => x.Parent);
        Map(x => x.Position).Not.Nullable();
        Map(x => x.Visible).Not.Nullable();
        HasMany(x => x.Children).KeyColumn("Parent_id").Inverse().OrderBy("Position, Id").Cache.ReadWrite();
    }
}
