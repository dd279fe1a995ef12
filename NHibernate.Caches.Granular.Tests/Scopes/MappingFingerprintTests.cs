using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Tests.Serialization.Zoo;
using NHibernate.Engine;

namespace NHibernate.Caches.Granular.Tests.Scopes;

/// <summary>Mappings that mean the same have one fingerprint, and others have others.</summary>
public sealed class MappingFingerprintTests
{
    private const string Person = """
        <class name="Person" table="Person" lazy="false">
          <cache usage="read-write" />
          <id name="Id" type="Int32" column="Id" />
          <discriminator column="Kind" type="String" />
          <version name="Version" type="Int32" />
          <property name="Name" type="String" column="Name" />
          <property name="Age" type="Int32" column="Age" />
          <property name="Double" type="Int32" formula="Age * 2" />
          <component name="Home"><property name="Street" type="String" /><property name="Town" type="String" /></component>
          <many-to-one name="Friend" class="Person" column="Friend" />
          <list name="Names" table="Names" where="Nr &lt; 9"><cache usage="read-write" /><key column="Person" /><index column="Nr" /><element column="Name" type="String" /></list>
          <subclass name="Clerk" discriminator-value="C" lazy="false"><property name="Desk" type="String" /></subclass>
        </class>
        """;

    private const string Pet = """<class name="Pet" table="Pet" lazy="false"><id name="Id" type="Int32" /><property name="Name" type="String" /></class>""";

    private static readonly Lazy<string> s_original = new(() => Fingerprint(Person, Pet));

    [Test]
    public void Same_mapping_has_the_same_fingerprint_in_whatever_order_it_is_read() => Assert.Multiple(() =>
    {
        Assert.That(Fingerprint(Person, Pet), Is.EqualTo(s_original.Value));
        Assert.That(Fingerprint(Pet, Person), Is.EqualTo(s_original.Value));
        Assert.That(s_original.Value, Does.Match("^[0-9a-f]{32}$"));
    });

    [Test]
    public void Whether_it_is_cached_does_not_count() =>
        Assert.That(Fingerprint(Person.Replace("<cache usage=\"read-write\" />", "", StringComparison.Ordinal), Pet), Is.EqualTo(s_original.Value));

    [TestCase("""<property name="Age" type="Int32" column="Age" />""", "", TestName = "Property_removed_is_another_mapping")]
    [TestCase("""<property name="Age" type="Int32" column="Age" />""", """<property name="Age" type="Int32" column="Age" /><property name="Size" type="Int32" />""", TestName = "Property_added_is_another_mapping")]
    [TestCase("name=\"Age\" type=\"Int32\"", "name=\"Age\" type=\"Int64\"", TestName = "Property_of_another_type_is_another_mapping")]
    [TestCase("column=\"Age\"", "column=\"Years\"", TestName = "Property_of_another_column_is_another_mapping")]
    [TestCase("name=\"Age\"", "name=\"Years\"", TestName = "Property_of_another_name_is_another_mapping")]
    [TestCase("Age * 2", "Age * 3", TestName = "Another_formula_is_another_mapping")]
    [TestCase("table=\"Person\"", "table=\"People\"", TestName = "Another_table_is_another_mapping")]
    [TestCase("""<property name="Street" type="String" /><property name="Town" type="String" />""", """<property name="Town" type="String" /><property name="Street" type="String" />""", TestName = "Another_order_in_a_component_is_another_mapping")]
    [TestCase("name=\"Town\" type=\"String\"", "name=\"Town\" type=\"Int32\"", TestName = "Another_type_in_a_component_is_another_mapping")]
    [TestCase("class=\"Person\" column=\"Friend\"", "class=\"Pet\" column=\"Friend\"", TestName = "Another_target_is_another_mapping")]
    [TestCase("<element column=\"Name\" type=\"String\" />", "<element column=\"Name\" type=\"Int32\" />", TestName = "Another_element_is_another_mapping")]
    [TestCase("Nr &lt; 9", "Nr &lt; 8", TestName = "Another_condition_of_a_collection_is_another_mapping")]
    [TestCase("<index column=\"Nr\" />", "<index column=\"Position\" />", TestName = "Another_index_is_another_mapping")]
    [TestCase("""<version name="Version" type="Int32" />""", """<version name="Version" type="Int64" />""", TestName = "Another_version_is_another_mapping")]
    [TestCase("""<property name="Desk" type="String" />""", "", TestName = "Property_of_a_subclass_removed_is_another_mapping")]
    [TestCase("discriminator-value=\"C\"", "discriminator-value=\"D\"", TestName = "Another_discriminator_is_another_mapping")]
    public void Change_is_another_mapping(string text, string changed)
    {
        Assert.That(Person, Does.Contain(text));
        Assert.That(Fingerprint(Person.Replace(text, changed, StringComparison.Ordinal), Pet), Is.Not.EqualTo(s_original.Value));
    }

    [Test]
    public void Properties_in_another_order_are_another_mapping()
    {
        const string name = """<property name="Name" type="String" column="Name" />""";
        const string age = """<property name="Age" type="Int32" column="Age" />""";
        var reordered = Person.Replace(age, "", StringComparison.Ordinal).Replace(name, age + name, StringComparison.Ordinal);

        Assert.That(Fingerprint(reordered, Pet), Is.Not.EqualTo(s_original.Value));
    }

    [Test]
    public void Class_added_is_another_mapping() => Assert.That(Fingerprint(Person), Is.Not.EqualTo(s_original.Value));

    [Test]
    public void Another_version_of_the_format_is_another_fingerprint()
    {
        using var factory = ZooFactory.Build();

        Assert.That(MappingFingerprint.Of((ISessionFactoryImplementor)factory, 1), Is.Not.EqualTo(MappingFingerprint.Of((ISessionFactoryImplementor)factory, 2)));
    }

    private static string Fingerprint(params string[] classes)
    {
        using var factory = ZooFactory.Build(null, [.. classes.Select(mapped => $"""<hibernate-mapping xmlns="urn:nhibernate-mapping-2.2" assembly="NHibernate.Caches.Granular.Tests" namespace="NHibernate.Caches.Granular.Tests.Scopes.Mapped">{mapped}</hibernate-mapping>""")]);
        return MappingFingerprint.Of((ISessionFactoryImplementor)factory, 1);
    }
}
