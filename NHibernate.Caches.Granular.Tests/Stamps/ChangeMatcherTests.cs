using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Tests.Stamps;

internal sealed class ChangeMatcherTests
{
    private static readonly TableId s_post = new("public.post");
    private static readonly Shape s_byCat = new(s_post, ["cat_id"], ColumnSet.Of(["title"]));

    [Test]
    public void Every_change_moves_the_stamp_of_any_change() =>
        Assert.That(Match(RowChange.Delete(new TableId("public.other"), Values())), Is.EqualTo(new[] { StampKey.AnyChange }));

    [Test]
    public void Whole_table_moves_its_stamp_alone() =>
        Assert.That(Match(RowChange.WholeTable(s_post)), Is.EquivalentTo(new[] { StampKey.AnyChange, StampKey.Table(s_post) }));

    [Test]
    public void Insert_moves_the_conjunction_of_its_values() =>
        Assert.That(Match(RowChange.Insert(s_post, Values(("cat_id", 1)))), Is.EquivalentTo(new[] { StampKey.AnyChange, Cat(1) }));

    [Test]
    public void Insert_of_an_unknown_value_moves_the_shape() =>
        Assert.That(Match(RowChange.Insert(s_post, Values(("id", 1)))), Is.EquivalentTo(new[] { StampKey.AnyChange, s_byCat.Key }));

    [Test]
    public void Update_moves_both_conjunctions() =>
        Assert.That(Match(Update(Values(("cat_id", 1)), Values(("cat_id", 2)), "cat_id")), Is.EquivalentTo(new[] { StampKey.AnyChange, Cat(1), Cat(2) }));

    [Test]
    public void Update_of_other_columns_moves_nothing() =>
        Assert.That(Match(Update(Values(("cat_id", 1)), Values(("score", 2)), "score")), Is.EqualTo(new[] { StampKey.AnyChange }));

    [Test]
    public void Update_of_a_referenced_column_moves_the_conjunction_its_row_is_in() =>
        Assert.That(Match(Update(Values(("cat_id", 1)), Values(), "title")), Is.EquivalentTo(new[] { StampKey.AnyChange, Cat(1) }));

    [Test]
    public void Loaded_values_count_only_when_trusted()
    {
        var update = Update(Values(), Values(("title", 7)), "title") with { Loaded = Loaded(("cat_id", 1), ("title", 6)) };
        Assert.That(Match(update), Does.Contain(s_byCat.Key));
        Assert.That(Match(update, trustLoaded: true), Is.EquivalentTo(new[] { StampKey.AnyChange, Cat(1) }));
    }

    [Test]
    public void Column_set_to_the_trusted_loaded_value_is_not_changed()
    {
        var update = Update(Values(), Values(("title", 6)), "title") with { Loaded = Loaded(("cat_id", 1), ("title", 6)) };
        Assert.That(Match(update, trustLoaded: true), Is.EqualTo(new[] { StampKey.AnyChange }));
    }

    [Test]
    public void Value_that_the_statement_compared_wins_over_the_loaded_one()
    {
        var delete = RowChange.Delete(s_post, Values(("cat_id", 2))) with { Loaded = Loaded(("cat_id", 1)) };
        Assert.That(Match(delete, trustLoaded: true), Is.EquivalentTo(new[] { StampKey.AnyChange, Cat(2) }));
    }

    [Test]
    public void Generated_column_is_changed_and_its_new_value_unknown()
    {
        var byArea = new Shape(s_post, ["area"], ColumnSet.Empty);
        var moved = new MovedStamps();
        ChangeMatcher.Match(Update(Values(), Values(("width", 2)), "width", "area") with { Loaded = Loaded(("area", 4)) }, [byArea], true, moved);
        Assert.That(moved, Is.EquivalentTo(new[] { StampKey.AnyChange, byArea.Conjunction([ColumnValue.Integer(4)]), byArea.Key }));
    }

    [Test]
    public void Shape_that_depends_on_all_columns_moves_with_any_that_changed()
    {
        var row = new Shape(s_post, ["id"], ColumnSet.All);
        var moved = new MovedStamps();
        ChangeMatcher.Match(Update(Values(("id", 1)), Values(("id", 1)), "score"), [row], false, moved);
        Assert.That(moved, Is.EquivalentTo(new[] { StampKey.AnyChange, row.Conjunction([ColumnValue.Integer(1)]) }));
    }

    private static StampKey Cat(int id) => s_byCat.Conjunction([ColumnValue.Integer(id)]);

    private static MovedStamps Match(RowChange change, bool trustLoaded = false)
    {
        var moved = new MovedStamps();
        ChangeMatcher.Match(change, [s_byCat], trustLoaded, moved);
        return moved;
    }

    private static RowChange Update(ImmutableDictionary<string, ColumnValue> old, ImmutableDictionary<string, ColumnValue> @new, params string[] changed) =>
        RowChange.Update(s_post, old, @new, ColumnSet.Of(changed));

    private static LoadedState Loaded(params (string Column, long Value)[] values) => new(Values(values), new Dependencies([], []), Sequence.None);

    private static ImmutableDictionary<string, ColumnValue> Values(params (string Column, long Value)[] values) =>
        values.ToImmutableDictionary(value => value.Column, value => ColumnValue.Integer(value.Value), StringComparer.Ordinal);
}
