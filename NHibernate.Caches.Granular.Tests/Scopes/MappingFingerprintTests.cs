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
          <property name="Twice" type="Int32" formula="Age * 2" />
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

    [TestCase("Property removed", """<property name="Age" type="Int32" column="Age" />""", "")]
    [TestCase("Property added", """<property name="Age" type="Int32" column="Age" />""", """<property name="Age" type="Int32" column="Age" /><property name="Size" type="Int32" />""")]
    [TestCase("Property of another type", "name=\"Age\" type=\"Int32\"", "name=\"Age\" type=\"Int64\"")]
    [TestCase("Property of another column", "column=\"Age\"", "column=\"Years\"")]
    [TestCase("Property of another name", "name=\"Age\"", "name=\"Years\"")]
    [TestCase("Another formula", "Age * 2", "Age * 3")]
    [TestCase("Another table", "table=\"Person\"", "table=\"People\"")]
    [TestCase("Another order in a component", """<property name="Street" type="String" /><property name="Town" type="String" />""", """<property name="Town" type="String" /><property name="Street" type="String" />""")]
    [TestCase("Another type in a component", "name=\"Town\" type=\"String\"", "name=\"Town\" type=\"Int32\"")]
    [TestCase("Another target", "class=\"Person\" column=\"Friend\"", "class=\"Pet\" column=\"Friend\"")]
    [TestCase("Another element", "<element column=\"Name\" type=\"String\" />", "<element column=\"Name\" type=\"Int32\" />")]
    [TestCase("Another condition of a collection", "Nr &lt; 9", "Nr &lt; 8")]
    [TestCase("Another index", "<index column=\"Nr\" />", "<index column=\"Position\" />")]
    [TestCase("Another version", """<version name="Version" type="Int32" />""", """<version name="Version" type="Int64" />""")]
    [TestCase("Property of a subclass removed", """<property name="Desk" type="String" />""", "")]
    [TestCase("Another discriminator", "discriminator-value=\"C\"", "discriminator-value=\"D\"")]
    public void Change_is_another_mapping(string change, string text, string changed)
    {
        Assert.That(Person, Does.Contain(text));
        Assert.That(Fingerprint(Person.Replace(text, changed, StringComparison.Ordinal), Pet), Is.Not.EqualTo(s_original.Value), change);
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
