using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Tests.Stores;

public abstract partial class StoreContractTests
{
    [Test]
    public void Miss_registers_the_shapes_of_the_query()
    {
        Assert.That(ShapesOf(s_people).Shapes, Is.Empty);
        var before = ShapesOf(s_people).Version;
        Read();

        var after = _harness.ShapesOf(_harness.Neighbour, s_people);

        Assert.That(after.Shapes, Is.EqualTo(new[] { s_byCity }));
        Assert.That(after.Version, Is.GreaterThan(before));
    }

    [Test]
    public void Shapes_are_listed_for_the_tables_asked_for()
    {
        var ofOrders = Shape.Any(s_orders);
        Store.Read(s_peopleOfRome, () => [s_byCity, ofOrders, s_byAge], asOf: null);

        Assert.That(ShapesOf(s_people).Shapes, Is.EquivalentTo(new[] { s_byCity, s_byAge }));
        Assert.That(ShapesOf(s_people, s_orders, s_people).Shapes, Is.EquivalentTo(new[] { s_byCity, s_byAge, ofOrders }));
    }

    [Test]
    public void Put_registers_shapes_that_nobody_read_with()
    {
        Put(Store.Current);

        Assert.That(ShapesOf(s_people).Shapes, Is.EqualTo(new[] { s_byCity }));
    }

    [Test]
    public void Entry_older_than_the_birth_of_its_shape_is_invalid()
    {
        var beforeChange = Store.Current;
        var token = Token.Create();
        Announce(token);
        Publish(token);

        Put(beforeChange);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
    }

    [Test]
    public void Change_of_another_table_does_not_age_a_shape()
    {
        var before = Store.Current;
        var token = Token.Create();
        Store.Announce(new Announcement(token, [], [s_orders], [], [], ShapesVersion: null, _harness.Lease));
        Store.Publish(new Publication(token, Proven: true, [], [s_orders]));

        Put(before);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.None));
    }

    [Test]
    public void Shape_born_during_a_change_is_locked_and_moved_by_it()
    {
        var token = Token.Create();
        Announce(token);
        Put(Read().Sequence);
        Assert.That(Read().Reason, Is.EqualTo(MissReason.Locked));

        Publish(token);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
        Cache();
    }

    [Test]
    public void Shape_born_by_a_put_during_a_change_is_locked_and_moved_by_it()
    {
        var token = Token.Create();
        Announce(token);
        Put(Store.Current);
        Assert.That(Read().Reason, Is.EqualTo(MissReason.Locked));

        Publish(token);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
    }

    [Test]
    public void Shape_born_during_two_changes_is_locked_by_both()
    {
        var (first, second) = (Token.Create(), Token.Create());
        Announce(first);
        Announce(second);
        Put(Read().Sequence);

        Publish(first);
        Put(Read().Sequence);
        Assert.That(Read().Reason, Is.EqualTo(MissReason.Locked));
        Publish(second);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
        Cache();
    }

    [Test]
    public void Shape_born_during_a_change_that_dies_is_moved_at_the_end_of_its_lease()
    {
        Announce(Token.Create());
        Put(Read().Sequence);
        LetLeaseEnd();

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
        Cache();
    }

    [Test]
    public void Shape_born_after_a_dead_change_ended_is_not_locked_by_it()
    {
        Announce(Token.Create());
        LetLeaseEnd();

        Cache();
    }

    [Test]
    public void Announce_that_knows_the_shapes_succeeds()
    {
        Read();
        var shapes = ShapesOf(s_people);

        Assert.That(AnnounceWith(Token.Create(), shapes.Version).Outcome, Is.EqualTo(AnnounceOutcome.Announced));
    }

    [Test]
    public void Announce_matched_against_outdated_shapes_locks_nothing_and_gets_the_new_ones()
    {
        var outdated = ShapesOf(s_people).Version;
        Cache();
        var token = Token.Create();

        var refused = AnnounceWith(token, outdated);

        Assert.That(refused.Outcome, Is.EqualTo(AnnounceOutcome.NewShapes));
        Assert.That(refused.Shapes.Shapes, Is.EqualTo(new[] { s_byCity }));
        Assert.That(Read().Reason, Is.EqualTo(MissReason.None));
        Assert.That(AnnounceWith(token, refused.Shapes.Version).Outcome, Is.EqualTo(AnnounceOutcome.Announced));
    }

    [Test]
    public void Announce_of_one_table_does_not_mind_new_shapes_of_another()
    {
        var version = ShapesOf(s_people).Version;
        Store.Read(new NamedKey("orders"), () => [Shape.Any(s_orders)], asOf: null);

        Assert.That(AnnounceWith(Token.Create(), version).Outcome, Is.EqualTo(AnnounceOutcome.Announced));
    }

    [Test]
    public void Announce_registers_row_shapes()
    {
        var result = Store.Announce(Announcement(Token.Create()) with { RowShapes = [s_row], ShapesVersion = ShapesOf(s_people).Version });

        Assert.That(result.Outcome, Is.EqualTo(AnnounceOutcome.NewShapes));
        Assert.That(result.Shapes.Shapes, Is.EqualTo(new[] { s_row }));
    }

    [Test]
    public void Loaded_state_is_trusted_while_its_row_has_not_moved()
    {
        var at = ReadRow();
        var other = Token.Create();
        Announce(other, s_row.Conjunction([ColumnValue.Integer(8)]));
        Publish(other, s_row.Conjunction([ColumnValue.Integer(8)]));

        Assert.That(AnnounceLoaded(Token.Create(), at).Outcome, Is.EqualTo(AnnounceOutcome.Announced));
    }

    [TestCase("row")]
    [TestCase("table")]
    [TestCase("scope")]
    [TestCase("shape")]
    public void Loaded_state_is_not_trusted_when_a_stamp_of_its_row_has_moved(string what)
    {
        var at = ReadRow();
        var key = what switch { "row" => s_row7, "table" => StampKey.Table(s_people), "scope" => StampKey.Scope, _ => s_row.Key };
        var other = Token.Create();
        Announce(other, key);
        Publish(other, key);

        var result = AnnounceLoaded(Token.Create(), at);

        Assert.That(result.Outcome, Is.EqualTo(AnnounceOutcome.Untrusted));
        Assert.That(result.Untrusted.Single().At, Is.EqualTo(at));
    }

    [Test]
    public void Loaded_state_is_not_trusted_while_another_holds_its_row()
    {
        var at = ReadRow();
        Announce(Token.Create(), s_row7);

        Assert.That(AnnounceLoaded(Token.Create(), at).Outcome, Is.EqualTo(AnnounceOutcome.Untrusted));
    }

    [Test]
    public void Loaded_state_is_trusted_while_only_its_own_token_holds_its_row()
    {
        var at = ReadRow();
        var token = Token.Create();
        Announce(token, s_row7);

        Assert.That(AnnounceLoaded(token, at).Outcome, Is.EqualTo(AnnounceOutcome.Announced));
    }

    [Test]
    public void Loaded_state_is_not_trusted_while_another_holds_its_row_beside_its_own_token()
    {
        var at = ReadRow();
        var token = Token.Create();
        Announce(token, s_row7);
        Announce(Token.Create(), s_row7);

        Assert.That(AnnounceLoaded(token, at).Outcome, Is.EqualTo(AnnounceOutcome.Untrusted));
    }

    [Test]
    public void Loaded_state_is_not_trusted_when_its_row_shape_is_younger()
    {
        var at = Store.Current;
        var other = Token.Create();
        Announce(other);
        Publish(other);

        Assert.That(AnnounceLoaded(Token.Create(), at).Outcome, Is.EqualTo(AnnounceOutcome.Untrusted));
    }

    [Test]
    public void Announce_with_an_untrusted_state_locks_nothing_and_names_only_that_one()
    {
        var at = ReadRow();
        Store.Move(s_row7);
        Cache();
        var trusted = new LoadedState(ImmutableDictionary<string, ColumnValue>.Empty, DependOn(s_row, s_row.Conjunction([ColumnValue.Integer(9)])), Store.Current);

        var result = Store.Announce(Announcement(Token.Create(), s_rome) with { Loaded = [trusted, Loaded(at)] });

        Assert.That(result.Outcome, Is.EqualTo(AnnounceOutcome.Untrusted));
        Assert.That(result.Untrusted.Select(loaded => loaded.At), Is.EqualTo(new[] { at }));
        Assert.That(Read().Reason, Is.EqualTo(MissReason.None));
    }

    // Somebody changed row 7 long ago, its city as well perhaps, and is heard of only now: the city that the writer in flight has loaded, and was
    // believed, need not be the one it replaces.
    [TestCase("scope")]
    [TestCase("publish")]
    public void Writer_that_was_believed_moves_its_table_whole_when_something_moves_that_nobody_had_locked(string what)
    {
        Read();
        var at = ReadRow();
        var token = Token.Create();
        Assert.That(AnnounceLoaded(token, at).Outcome, Is.EqualTo(AnnounceOutcome.Announced));
        if (what == "scope")
            Store.Move(StampKey.Scope);
        else
            Publish(Token.Create());
        Put(Read().Sequence);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Locked));
        Publish(token, s_row7);
        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
        Cache();
    }

    [Test]
    public void Clearing_a_region_leaves_the_tables_of_a_writer_in_flight_alone()
    {
        var token = Token.Create();
        Read();
        AnnounceLoaded(token, ReadRow());
        Store.Move(StampKey.Region("another"));
        Cache();
        Publish(token, s_row7);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.None));
    }

    private ShapeList ShapesOf(params TableId[] tables) => _harness.ShapesOf(Store, tables);

    private Sequence ReadRow() => Store.Read(new NamedKey("person 7"), () => [s_row], asOf: null).Sequence;

    private AnnounceResult AnnounceWith(Token token, long version) => Store.Announce(Announcement(token, s_rome) with { ShapesVersion = version });

    private AnnounceResult AnnounceLoaded(Token token, Sequence at) => Store.Announce(Announcement(token, s_row7) with { RowShapes = [s_row], Loaded = [Loaded(at)] });
}
