using FluentNHibernate.Cfg;
using NHibernate.Cfg;
using NHibernate.Dialect;
using NHibernate.Driver;
using NHibernate.Mapping.ByCode;

namespace Storefront.Mappings;

/// <summary>The shop's NHibernate configuration: the catalogue mapped with FluentNHibernate, customers and orders by code.</summary>
internal static class ShopConfiguration
{
    public static Configuration For(string connectionString)
    {
        var configuration = new Configuration().DataBaseIntegration(db =>
        {
            db.ConnectionString = connectionString;
            db.Dialect<PostgreSQL83Dialect>();
            db.Driver<NpgsqlDriver>();
            db.BatchSize = 50;
        });
        configuration.SetProperty(NHibernate.Cfg.Environment.GenerateStatistics, "true");

        var byCode = new ModelMapper();
        byCode.AddMapping<SkuMapping>();
        byCode.AddMapping<StockLevelMapping>();
        byCode.AddMapping<CustomerMapping>();
        byCode.AddMapping<OrderMapping>();
        byCode.AddMapping<OrderLineMapping>();
        configuration.AddMapping(byCode.CompileMappingForAllExplicitlyAddedEntities());

        return Fluently.Configure(configuration)
            .Mappings(m => m.FluentMappings
                .Add<CategoryMap>().Add<BrandMap>().Add<TagMap>().Add<ProductMap>()
                .Add<ReviewMap>().Add<PriceListMap>().Add<ListPriceMap>())
            .BuildConfiguration();
    }
}
