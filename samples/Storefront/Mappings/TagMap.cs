using FluentNHibernate.Mapping;
using Storefront.Domain;

namespace Storefront.Mappings;

internal sealed class TagMap : ClassMap<Tag>
{
    public TagMap()
    {
        Cache.ReadWrite();
        Id(x => x.Id).GeneratedBy.HiLo("100");
        Map(x => x.Name).Not.Nullable().Unique();
    }
}
