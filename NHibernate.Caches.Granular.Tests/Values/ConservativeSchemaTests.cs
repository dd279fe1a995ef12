using NHibernate.Caches.Granular.Values;

namespace NHibernate.Caches.Granular.Tests.Values;

public sealed class ConservativeSchemaTests
{
    private static readonly ConservativeSchema s_schema = ConservativeSchema.Instance;

    [Test]
    public void Any_name_is_a_table_whose_changes_are_changes_of_anything()
    {
        var table = s_schema.Find("dbo", "Cat");
        Assert.That(table.AffectsUnknownTables, Is.True);
        Assert.That(table.Columns, Is.Empty);
        Assert.That(table.RowShape, Is.Null);
    }

    [Test]
    public void Spelling_and_schema_of_a_table_make_no_difference() =>
        Assert.That(s_schema.Find("dbo", "Cat").Id, Is.EqualTo(s_schema.Find(null, "CAT").Id));

    [TestCase("count", FunctionKind.Immutable)]
    [TestCase("COALESCE", FunctionKind.Immutable)]
    [TestCase("getdate", FunctionKind.Unstable)]
    [TestCase("newid", FunctionKind.Unstable)]
    [TestCase("my_function", FunctionKind.Volatile)]
    public void Known_functions_are_what_they_are_and_others_may_change_anything(string name, object kind) =>
        Assert.That(s_schema.Function(null, name), Is.EqualTo(kind));

    [Test]
    public void A_function_of_a_schema_is_somebodys_own() => Assert.That(s_schema.Function("dbo", "count"), Is.EqualTo(FunctionKind.Volatile));
}
