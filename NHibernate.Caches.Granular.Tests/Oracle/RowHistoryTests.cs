using NHibernate.Caches.Granular.Oracle.Rows;

namespace NHibernate.Caches.Granular.Tests.Oracle;

public sealed class RowHistoryTests
{
    private const int Row = 3;

    private RowHistory _history = null!;

    [SetUp]
    public void Begin() => _history = new RowHistory(new RowTable(2));

    [Test]
    public void States_that_no_reader_can_need_are_dropped()
    {
        Commit(10_000);
        Assert.That(_history.States(Row).Count(), Is.LessThan(50));
        Assert.That(_history.States(Row).Select(state => state.Rev), Does.Contain(10_000));
    }

    [Test]
    public void States_that_a_reader_began_with_are_kept_until_it_notes_new_floors()
    {
        _history.Attempt(Row, new RowState(0));
        var floors = _history.NewFloors();
        _history.Note(floors);
        Commit(100);
        Assert.That(_history.States(Row).Select(state => state.Rev), Does.Contain(0).And.Contain(1).And.Contain(50));

        _history.Note(floors);
        Assert.That(floors[Row], Is.EqualTo(100));
        _history.Attempt(Row, new RowState(101));
        Assert.That(_history.States(Row).Select(state => state.Rev), Is.EquivalentTo(new[] { 100, 101 }));
    }

    [Test]
    public void What_somebody_has_seen_is_known_to_all()
    {
        _history.Attempt(Row, new RowState(5));
        Assert.That(_history.Observe(Row, 5), Is.True);
        var floors = _history.NewFloors();
        _history.Note(floors);
        Assert.That(floors[Row], Is.EqualTo(5));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void What_the_cache_was_not_told_of_is_known_and_not_told_until_it_is(bool isSeenFirst)
    {
        Commit(4);
        _history.Attempt(Row, new RowState(5));
        _history.Withhold(5);
        if (isSeenFirst)
            _history.Observe(Row, 5);
        else
            _history.Known(Row, 5);
        var floors = _history.NewFloors();
        _history.Note(floors);
        Assert.That((floors.Known[Row], floors.Told[Row]), Is.EqualTo((5, 4)));

        _history.Tell(5);
        _history.NoteTold(floors);
        Assert.That(floors.Told[Row], Is.EqualTo(4), "it need not be committed yet");
        _history.Known(Row, 5);
        _history.Note(floors);
        Assert.That((floors.Known[Row], floors.Told[Row]), Is.EqualTo((5, 5)));
    }

    [Test]
    public void What_is_told_after_it_excuses_nothing_before()
    {
        _history.Withhold(5);
        _history.Known(Row, 5);
        _history.Known(Row, 6);
        var floors = _history.NewFloors();
        _history.Note(floors);
        Assert.That(floors.Told[Row], Is.EqualTo(6));
    }

    [Test]
    public void Row_is_told_of_as_a_whole_when_nothing_before_is_untold()
    {
        Commit(4);
        _history.Withhold(5);
        foreach (var rev in new[] { 5, 6 })
        {
            _history.Attempt(Row, new RowState(rev));
            _history.Known(Row, rev);
        }
        var floors = _history.NewFloors();
        _history.Note(floors);
        Assert.That((floors.Told[Row], floors.Whole[Row]), Is.EqualTo((6, 4)));

        _history.Tell(5);
        _history.Known(Row, 5);
        _history.Note(floors);
        Assert.That((floors.Told[Row], floors.Whole[Row]), Is.EqualTo((6, 6)));
    }

    [Test]
    public void Who_goes_on_with_what_was_known_is_asked_for_no_more_than_that()
    {
        Commit(4);
        var floors = _history.NewFloors();
        _history.Note(floors);
        Commit(6);
        _history.NoteTold(floors);
        Assert.That((floors.Known[Row], floors.Told[Row], floors.ToldNow[Row]), Is.EqualTo((4, 4, 6)));
    }

    [Test]
    public void States_since_the_last_that_was_told_are_kept()
    {
        Commit(1);
        for (var rev = 2; rev <= 100; rev++)
        {
            _history.Withhold(rev);
            _history.Attempt(Row, new RowState(rev));
            _history.Known(Row, rev);
        }
        Assert.That(_history.States(Row).Select(state => state.Rev), Is.SupersetOf(Enumerable.Range(1, 100)));
    }

    [Test]
    public void Observed_state_that_is_withdrawn_was_dirty()
    {
        _history.Attempt(Row, new RowState(7));
        _history.Attempt(Row, new RowState(8));
        Assert.That(_history.Observe(Row, 8), Is.True);
        Assert.That(_history.Withdraw(Row, 7), Is.False);
        Assert.That(_history.Withdraw(Row, 8), Is.True);
        Assert.That(_history.Observe(Row, 7), Is.False, "nobody is about to commit it");
    }

    private void Commit(int last)
    {
        for (var rev = 1; rev <= last; rev++)
        {
            _history.Attempt(Row, new RowState(rev));
            _history.Known(Row, rev);
        }
    }
}
