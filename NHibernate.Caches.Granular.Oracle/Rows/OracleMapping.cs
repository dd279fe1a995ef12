using NHibernate.Caches.Granular.Oracle.Pauses;
using NHibernate.Cfg;
using NHibernate.Dialect;
using NHibernate.Driver;
using NHibernate.Mapping.ByCode;

namespace NHibernate.Caches.Granular.Oracle.Rows;

/// <summary>The mapping and configuration of an oracle's session factory.</summary>
internal static class OracleMapping
{
    public static Configuration Configure(string connectionString, OracleSettings settings)
    {
        var configuration = new Configuration();
        configuration.DataBaseIntegration(db =>
        {
            db.Dialect<PostgreSQL83Dialect>();
            db.Driver<NpgsqlDriver>();
            db.ConnectionProvider<PausingConnectionProvider>();
            db.Batcher<PausingBatcherFactory>();
            db.ConnectionString = connectionString;
            db.BatchSize = (short)settings.BatchSize;
        });
        configuration.SetProperty(Cfg.Environment.UseQueryCache, "true");
        configuration.SetProperty(Cfg.Environment.UseSecondLevelCache, "true");
        configuration.AddMapping(Map(settings).CompileMappingForAllExplicitlyAddedEntities());
        settings.Cache(configuration);
        if (settings.Layout != ResultLayout.Auto)
            configuration.UseGranularCache(options => options.Layout = settings.Layout);
        if (settings.WriteThrough)
            configuration.UseGranularCache(options => options.Profiles.Default.WriteThrough = true);
        return configuration;
    }

    private static ModelMapper Map(OracleSettings settings)
    {
        var mapper = new ModelMapper();
        mapper.Class<Shelf>(map =>
        {
            Revised(map, CacheUsage.ReadWrite, settings);
            map.Bag(shelf => shelf.Items, bag =>
            {
                bag.Key(key => key.Column("shelf_id"));
                bag.Inverse(true);
                bag.BatchSize(10);
                bag.Cache(cache => cache.Usage(CacheUsage.ReadWrite));
            }, relation => relation.OneToMany());
        });
        mapper.Class<Item>(map =>
        {
            Revised(map, CacheUsage.ReadWrite, settings);
            map.NaturalId(natural => natural.Property(item => item.Code), natural => natural.Mutable(true));
            map.Property(item => item.IsOpen);
            map.ManyToOne(item => item.Shelf, reference => reference.Column("shelf_id"));
            map.Set(item => item.Tags, set =>
            {
                set.Table("ItemTag");
                set.Key(key => key.Column("item_id"));
                set.Cache(cache => cache.Usage(CacheUsage.ReadWrite));
            }, relation => relation.ManyToMany(many => many.Column("tag_id")));
        });
        mapper.Class<Tag>(map =>
        {
            map.Cache(cache => cache.Usage(CacheUsage.ReadWrite));
            map.Id(tag => tag.Id, id => id.Generator(Generators.Assigned));
            map.Set(tag => tag.Items, set =>
            {
                set.Table("ItemTag");
                set.Inverse(true);
                set.Key(key => key.Column("tag_id"));
                set.Cache(cache => cache.Usage(CacheUsage.ReadWrite));
            }, relation => relation.ManyToMany(many => many.Column("item_id")));
        });
        mapper.Class<Doc>(map =>
        {
            Revised(map, CacheUsage.ReadWrite, settings);
            map.BatchSize(10);
            map.Version(doc => doc.Version, version => { });
        });
        mapper.Class<Note>(map =>
        {
            Revised(map, CacheUsage.NonstrictReadWrite, settings);
            map.BatchSize(10);
        });
        mapper.Class<Memo>(map =>
        {
            Revised(map, CacheUsage.NonstrictReadWrite, settings);
            map.Version(memo => memo.Version, version => { });
        });
        return mapper;
    }

    private static void Revised<T>(IClassMapper<T> map, CacheUsage usage, OracleSettings settings)
        where T : class, IRevised
    {
        map.Cache(cache => cache.Usage(usage));
        map.DynamicUpdate(settings.DynamicUpdate);
        map.Id(row => row.Id, id => id.Generator(Generators.Assigned));
        map.Property(row => row.Rev);
    }
}
