using NHibernate.Cfg;
using NHibernate.Dialect;
using NHibernate.Driver;

namespace NHibernate.Caches.Granular.Tests.Serialization.Zoo;

/// <summary>Session factories whose database is never asked for anything. Thread-safe: stateless.</summary>
internal static class ZooFactory
{
    public const string Mapping = """
        <hibernate-mapping xmlns="urn:nhibernate-mapping-2.2" assembly="NHibernate.Caches.Granular.Tests" namespace="NHibernate.Caches.Granular.Tests.Serialization.Zoo">
          <class name="Animal">
            <cache usage="read-write" />
            <id name="Id"><generator class="assigned" /></id>
            <property name="Name" />
            <property name="Species" />
            <component name="Home"><property name="House" /><property name="Floor" /></component>
            <property name="Price" type="NHibernate.Caches.Granular.Tests.Serialization.Zoo.MoneyType, NHibernate.Caches.Granular.Tests" />
            <many-to-one name="Keeper" />
            <any name="Companion" id-type="Int32" meta-type="String"><column name="CompanionType" /><column name="CompanionId" /></any>
            <list name="Names"><cache usage="read-write" /><key column="Animal" /><index column="Nr" /><element column="Name" type="String" /></list>
            <set name="Foods"><cache usage="read-write" /><key column="Animal" /><element column="Food" type="String" /></set>
            <map name="Nurses"><cache usage="read-write" /><key column="Animal" /><index column="Ward" type="String" /><many-to-many class="Keeper" column="Keeper" /></map>
          </class>
          <class name="Keeper">
            <cache usage="read-write" />
            <id name="Id"><generator class="assigned" /></id>
            <property name="Name" />
          </class>
          <class name="Feeding">
            <cache usage="read-write" />
            <composite-id name="Id" class="FeedingId"><key-many-to-one name="Animal" /><key-property name="Day" /></composite-id>
            <property name="Amount" />
          </class>
          <class name="Ticket">
            <cache usage="read-write" />
            <id name="Id" type="NHibernate.Caches.Granular.Tests.Serialization.Zoo.MoneyType, NHibernate.Caches.Granular.Tests"><generator class="assigned" /></id>
            <property name="Name" />
          </class>
        </hibernate-mapping>
        """;

    /// <summary>A factory of these mappings that caches granularly.</summary>
    public static ISessionFactory Build(Action<GranularCacheOptions>? configure = null, params string[] mappings)
    {
        var configuration = new Configuration();
        configuration.DataBaseIntegration(db =>
        {
            db.Dialect<PostgreSQL83Dialect>();
            db.Driver<NpgsqlDriver>();
            db.ConnectionString = "Host=nowhere.invalid";
            db.KeywordsAutoImport = Hbm2DDLKeyWords.None;
        });
        foreach (var mapping in mappings is [] ? [Mapping] : mappings)
            configuration.AddXml(mapping);
        return configuration.UseGranularCache(configure).BuildSessionFactory();
    }
}
