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
