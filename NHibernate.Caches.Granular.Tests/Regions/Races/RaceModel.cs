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

/// <summary>Refers to rows of several tables.</summary>
public class Mention
{
    public virtual int Id { get; set; }

    public virtual object? Subject { get; set; }

    public virtual ISet<object> Others { get; protected set; } = new HashSet<object>();
}

/// <summary>Its key is a row of another table and a number.</summary>
public class Visit
{
    public virtual Route? Route { get; set; }

    public virtual int Number { get; set; }

    public virtual string Guest { get; set; } = "";

    public virtual IList<string> Notes { get; protected set; } = [];

    public override bool Equals(object? obj) => obj is Visit other && Route?.Id == other.Route?.Id && Number == other.Number;

    public override int GetHashCode() => HashCode.Combine(Route?.Id, Number);

    public override string ToString() => $"{Route?.Id}/{Number}";
}

public class Parcel
{
    public virtual int Id { get; set; }

    public virtual ParcelSize? Size { get; set; }

    public virtual ISet<ParcelLabel> Labels { get; protected set; } = new HashSet<ParcelLabel>();
}

public class ParcelSize
{
    public virtual int? Width { get; set; }

    public virtual ParcelWeight? Weight { get; set; }

    public override string ToString() => $"{Width}, {Weight}";
}

public class ParcelWeight
{
    public virtual decimal? Kilograms { get; set; }

    public virtual string? Scale { get; set; }

    public override string ToString() => $"{Kilograms} by {Scale}";
}

public class ParcelLabel
{
    public virtual string Text { get; set; } = "";

    public virtual int? Colour { get; set; }

    public override bool Equals(object? obj) => obj is ParcelLabel other && Text == other.Text && Colour == other.Colour;

    public override int GetHashCode() => HashCode.Combine(Text, Colour);

    public override string ToString() => $"{Text} {Colour}";
}

/// <summary>Its text is fetched when it is asked for; the cache holds the rest.</summary>
public class Essay
{
    public virtual int Id { get; set; }

    public virtual string Title { get; set; } = "";

    public virtual string? Text { get; set; }
}

/// <summary>Of its text NHibernate says that it belongs into the cache.</summary>
public class Thesis
{
    public virtual int Id { get; set; }

    public virtual string Title { get; set; } = "";
}

public class LongThesis : Thesis
{
    public virtual string? Text { get; set; }
}

public class Permit
{
    public virtual int Id { get; set; }

    public virtual string Country { get; set; } = "";

    public virtual string Number { get; set; } = "";

    public virtual string Holder { get; set; } = "";

    public virtual PermitPhoto? Photo { get; set; }

    public virtual IList<string> Stamps { get; protected set; } = [];

    public virtual string[] Visas { get; set; } = [];

    public virtual IDictionary<Zone, string> Residences { get; protected set; } = new Dictionary<Zone, string>();
}

/// <summary>Has its permit's key.</summary>
public class PermitPhoto
{
    public virtual int Id { get; set; }

    public virtual Permit? Permit { get; set; }

    public virtual string Colour { get; set; } = "";
}

internal static class RaceModel
{
    public static readonly string[] Tables = ["MentionOther", "Mention", "VisitNote", "Visit", "ParcelLabel", "Parcel", "Essay", "Thesis", "PermitStamp", "PermitVisa", "PermitResidence", "PermitPhoto", "Permit", "RouteZone", "RouteTag", "RouteSomeZone", "Stop", "Fare", "SightByCode", "SummaryTag", "Route", "Zone", "Remark", "Summary"];

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
          <class name="Mention">
            <id name="Id"><generator class="assigned"/></id>
            <any name="Subject" id-type="Int32" meta-type="String">
              <meta-value value="zone" class="Zone"/>
              <meta-value value="route" class="Route"/>
              <column name="subject_kind"/>
              <column name="subject_id"/>
            </any>
            <set name="Others" table="MentionOther">
              <key column="mention_id"/>
              <many-to-any id-type="Int32" meta-type="String">
                <meta-value value="zone" class="Zone"/>
                <meta-value value="route" class="Route"/>
                <column name="kind"/>
                <column name="id"/>
              </many-to-any>
            </set>
          </class>
          <class name="Visit">
            <composite-id>
              <key-many-to-one name="Route" column="route_id"/>
              <key-property name="Number"/>
            </composite-id>
            <property name="Guest"/>
            <list name="Notes" table="VisitNote">
              <key>
                <column name="route_id"/>
                <column name="number"/>
              </key>
              <list-index column="place"/>
              <element column="note" type="String"/>
            </list>
          </class>
          <class name="Parcel">
            <id name="Id"><generator class="assigned"/></id>
            <component name="Size">
              <property name="Width"/>
              <component name="Weight">
                <property name="Kilograms" precision="8" scale="2"/>
                <property name="Scale"/>
              </component>
            </component>
            <set name="Labels" table="ParcelLabel">
              <key column="parcel_id"/>
              <composite-element class="ParcelLabel">
                <property name="Text"/>
                <property name="Colour"/>
              </composite-element>
            </set>
          </class>
          <class name="Essay">
            <cache usage="read-write" include="non-lazy"/>
            <id name="Id"><generator class="assigned"/></id>
            <property name="Title"/>
            <property name="Text" lazy="true"/>
          </class>
          <class name="Thesis" discriminator-value="thesis">
            <id name="Id"><generator class="assigned"/></id>
            <discriminator column="kind" type="String"/>
            <property name="Title"/>
            <subclass name="LongThesis" discriminator-value="long">
              <property name="Text" lazy="true"/>
            </subclass>
          </class>
          <class name="Permit">
            <id name="Id"><generator class="assigned"/></id>
            <natural-id mutable="true">
              <property name="Country"/>
              <property name="Number"/>
            </natural-id>
            <property name="Holder"/>
            <one-to-one name="Photo" foreign-key="none"/>
            <idbag name="Stamps" table="PermitStamp">
              <collection-id column="stamp_id" type="Guid">
                <generator class="guid.comb"/>
              </collection-id>
              <key column="permit_id"/>
              <element column="stamp" type="String"/>
            </idbag>
            <array name="Visas" table="PermitVisa" element-class="System.String">
              <key column="permit_id"/>
              <list-index column="place"/>
              <element column="visa" type="String"/>
            </array>
            <map name="Residences" table="PermitResidence">
              <key column="permit_id"/>
              <map-key-many-to-many class="Zone" column="zone_id" foreign-key="none"/>
              <element column="address" type="String"/>
            </map>
          </class>
          <class name="PermitPhoto">
            <id name="Id"><generator class="foreign"><param name="property">Permit</param></generator></id>
            <one-to-one name="Permit" constrained="true" foreign-key="none"/>
            <property name="Colour"/>
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
