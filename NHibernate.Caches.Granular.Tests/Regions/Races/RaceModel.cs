using NHibernate.Caches.Granular.Tests.Blog;

namespace NHibernate.Caches.Granular.Tests.Regions.Races;

// Mappings whose cached form depends on more than the rows with the entity's own key.

public class Remark
{
    public virtual int Id { get; set; }

    public virtual Tag? Tag { get; set; }

    public virtual RemarkPlace? Place { get; set; }
}

public class RemarkPlace
{
    public virtual Cat? Cat { get; set; }
}

public class Zone
{
    public virtual int Id { get; set; }

    public virtual string Code { get; set; } = "";
}

public class Route
{
    public virtual int Id { get; set; }

    public virtual string Code { get; set; } = "";

    public virtual Zone? Zone { get; set; }

    public virtual ISet<Zone> Zones { get; protected set; } = new HashSet<Zone>();

    public virtual ISet<Tag> Tags { get; protected set; } = new HashSet<Tag>();

    public virtual IList<Zone> SomeZones { get; protected set; } = [];

    public virtual IList<string> Stops { get; protected set; } = [];

    public virtual IDictionary<string, int> Fares { get; protected set; } = new Dictionary<string, int>();

    public virtual ISet<Sight> SightsByCode { get; protected set; } = new HashSet<Sight>();
}

public class Sight
{
    public virtual string Name { get; set; } = "";

    public override bool Equals(object? obj) => obj is Sight other && Name == other.Name;

    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);
}

public class Summary
{
    public virtual int Id { get; set; }

    public virtual string Title { get; set; } = "";

    public virtual long Posts { get; set; }

    public virtual ISet<int> Tags { get; protected set; } = new HashSet<int>();
}

internal static class RaceModel
{
    public static readonly string[] Tables = ["RouteZone", "RouteTag", "RouteSomeZone", "Stop", "Fare", "SightByCode", "SummaryTag", "Route", "Zone", "Remark", "Summary"];

    public const string Mapping = """
        <hibernate-mapping xmlns="urn:nhibernate-mapping-2.2" assembly="NHibernate.Caches.Granular.Tests" namespace="NHibernate.Caches.Granular.Tests.Regions.Races">
          <class name="Remark">
            <id name="Id"><generator class="assigned"/></id>
            <many-to-one name="Tag" column="tag_id" not-found="ignore" foreign-key="none"/>
            <component name="Place">
              <many-to-one name="Cat" column="cat_id" not-found="ignore" foreign-key="none" class="NHibernate.Caches.Granular.Tests.Blog.Cat"/>
            </component>
          </class>
          <class name="Zone">
            <id name="Id"><generator class="assigned"/></id>
            <property name="Code" unique="true"/>
          </class>
          <class name="Route">
            <id name="Id"><generator class="assigned"/></id>
            <property name="Code" unique="true"/>
            <many-to-one name="Zone" column="zone_code" property-ref="Code" foreign-key="none"/>
            <set name="Zones" table="RouteZone" batch-size="5">
              <key column="route_id"/>
              <many-to-many class="Zone" column="zone_code" property-ref="Code" foreign-key="none"/>
            </set>
            <set name="Tags" table="RouteTag" fetch="subselect">
              <key column="route_id"/>
              <many-to-many class="NHibernate.Caches.Granular.Tests.Blog.Tag" column="tag_id" not-found="ignore" foreign-key="none"/>
            </set>
            <bag name="SomeZones" table="RouteSomeZone">
              <key column="route_id"/>
              <many-to-many class="Zone" column="zone_id" where="Code &lt;&gt; 'x'" order-by="Code"/>
            </bag>
            <list name="Stops" table="Stop">
              <key column="route_id"/>
              <list-index column="place"/>
              <element column="name" type="String"/>
            </list>
            <map name="Fares" table="Fare" where="amount &gt; 0">
              <key column="route_id"/>
              <map-key column="kind" type="String"/>
              <element column="amount" type="Int32"/>
            </map>
            <set name="SightsByCode" table="SightByCode">
              <key column="route_code" property-ref="Code" foreign-key="none"/>
              <composite-element class="Sight">
                <property name="Name"/>
              </composite-element>
            </set>
          </class>
          <class name="Summary">
            <id name="Id"><generator class="assigned"/></id>
            <property name="Title"/>
            <property name="Posts" update="false" insert="false"/>
            <set name="Tags" table="SummaryTag">
              <key column="summary_id"/>
              <element column="tag_id" type="Int32"/>
              <loader query-ref="TagsOfSummary"/>
            </set>
            <loader query-ref="SummaryById"/>
          </class>
          <sql-query name="SummaryById">
            <return alias="s" class="Summary"/>
            select s.Id as {s.Id}, s.Title as {s.Title}, (select count(*) from Post) as {s.Posts} from Summary s where s.Id = :id
          </sql-query>
          <sql-query name="TagsOfSummary">
            <load-collection alias="t" role="Summary.Tags"/>
            select cast(:id as int) as {t.key}, t.Id as {t.element} from Tag t
          </sql-query>
        </hibernate-mapping>
        """;
}
