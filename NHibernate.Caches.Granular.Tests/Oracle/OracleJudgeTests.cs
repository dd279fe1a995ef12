using NHibernate.Caches.Granular.Oracle.Rows;
using NHibernate.Caches.Granular.Oracle.Workers;

namespace NHibernate.Caches.Granular.Tests.Oracle;

/// <summary>What can be true of some moment since a reading began, and what cannot.</summary>
public sealed class OracleJudgeTests
{
    private const int Shelf = 2;

    private static readonly RowTable s_rows = new(3);

    private RowHistory _history = null!;
    private Floors _floors = null!;
    private Sight _sight = null!;

    /// <summary>Item 1 was moved from shelf 2 to shelf 3 before the reading began; item 2 may be moved to shelf 2 now; 3 is deleted.</summary>
    [SetUp]
    public void Begin()
    {
        (_history, _sight) = (new RowHistory(s_rows), new Sight(s_rows));
        _floors = _history.NewFloors();
        Commit(1, new RowState(1, true, Shelf, 2));
        Commit(1, new RowState(4, true, 3, 4));
        Commit(2, new RowState(2, true, 1));
        Commit(3, new RowState(3, Exists: false));
        _history.Note(_floors);
        _history.Attempt(s_rows.Of<Item>(2), new RowState(5, true, Shelf));
    }

    [TestCase(4, ExpectedResult = true)]
    [TestCase(1, ExpectedResult = false)]
    public bool Revision_is_not_older_than_the_floor(long rev)
    {
        _sight.See<Item>(1, rev);
        return IsPossible;
    }

    [TestCase(3, ExpectedResult = true)]
    [TestCase(1, ExpectedResult = false)]
    public bool Only_what_may_be_deleted_may_be_absent(int item)
    {
        _sight.Miss<Item>(item);
        return IsPossible;
    }

    [TestCase(ExpectedResult = true)]
    [TestCase(2, ExpectedResult = true)]
    [TestCase(1, ExpectedResult = false)]
    [TestCase(1, 2, ExpectedResult = false)]
    [TestCase(3, ExpectedResult = false)]
    public bool Member_belongs_now_or_may_any_moment(params int[] items)
    {
        _sight.Ask(Condition.OnShelf(Shelf));
        foreach (var item in items)
            _sight.Belongs(item);
        return IsPossible;
    }

    [Test]
    public void Item_that_is_on_the_shelf_must_not_be_left_out()
    {
        _sight.Ask(Condition.OnShelf(3));
        Assert.That(IsPossible, Is.False);
    }

    [TestCase(0, ExpectedResult = true)]
    [TestCase(1, ExpectedResult = true)]
    [TestCase(2, ExpectedResult = false)]
    public bool Count_lies_within_what_the_rows_allow(long count)
    {
        _sight.Count(Condition.OnShelf(Shelf), count);
        return IsPossible;
    }

    [TestCase(0, ExpectedResult = true)]
    [TestCase(5, ExpectedResult = true)]
    [TestCase(6, ExpectedResult = false)]
    public bool Sum_lies_within_what_the_rows_allow(long sum)
    {
        _sight.Sum(Condition.OnShelf(Shelf), sum);
        return IsPossible;
    }

    [TestCase(4, ExpectedResult = true)]
    [TestCase(2, ExpectedResult = false)]
    public bool Tags_are_those_of_a_state_the_row_may_have(int mask)
    {
        _sight.HasTags(1, mask);
        return IsPossible;
    }

    [Test]
    public void What_was_seen_can_be_told_while_it_is_gone_through()
    {
        _sight.See<Item>(2, 2);
        _sight.See<Item>(1, 4);
        var told = new List<string>();
        foreach (var _ in _sight.Seen)
            told.Add(_sight.ToString());
        Assert.That(told, Is.EqualTo(new[] { "Item#1@4, Item#2@2", "Item#1@4, Item#2@2" }));
    }

    [Test]
    public void Judging_what_is_right_allocates_nothing()
    {
        _sight.See<Item>(1, 4);
        _sight.Ask(Condition.OnShelf(Shelf));
        _sight.HasTags(1, 4);
        Assert.That(IsPossible, Is.True);
        var before = GC.GetAllocatedBytesForCurrentThread();
        _ = OracleJudge.Fault(_sight, _floors, _history);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    // Item 2 was moved to shelf 3 by a process that was cut off, and item 1 by one that was not.
    [TestCase(1, true)]
    [TestCase(2, true, 2)]
    [TestCase(2, false, 1, 2)]
    public void Excused_is_what_misses_nothing_but_what_was_not_told(int shelf, bool isExcused, params int[] items)
    {
        _history.Withhold(6);
        Commit(2, new RowState(6, true, 3));
        _history.Note(_floors);
        _sight.Ask(Condition.OnShelf(shelf));
        foreach (var item in shelf == 1 ? [2] : items)
            _sight.Belongs(item);

        Assert.That((IsPossible, OracleJudge.IsWhatWasTold(_sight, _floors, _history)), Is.EqualTo((false, isExcused)));
    }

    // The tags of item 1 were changed by a process that was cut off, and then its revision by one that was not.
    [TestCase(7, 4, false, true)]
    [TestCase(7, 4, true, false)]
    [TestCase(6, 4, false, false)]
    [TestCase(7, 8, false, false)]
    public void Excused_is_what_only_the_untold_commit_has_changed(long rev, int tags, bool isTold, bool isExcused)
    {
        _history.Withhold(6);
        Commit(1, new RowState(6, true, Shelf, 2));
        Commit(1, new RowState(7, true, Shelf, 2));
        if (isTold)
        {
            _history.Tell(6);
            _history.Known(s_rows.Of<Item>(1), 6);
        }
        _history.Note(_floors);
        _sight.See<Item>(1, rev);
        _sight.HasTags(1, tags);

        Assert.That((IsPossible, OracleJudge.IsWhatWasTold(_sight, _floors, _history)), Is.EqualTo((false, isExcused)));
    }

    // Item 1 was taken from shelf 3 by a process that was cut off, and then changed by one that was not, which put it on that shelf.
    [TestCase(1, true)]
    [TestCase(3, false)]
    public void List_of_before_an_untold_commit_is_excused_unless_a_commit_that_was_told_of_could_have_dropped_it(int shelf, bool isExcused)
    {
        _history.Withhold(6);
        Commit(1, new RowState(6, false));
        Commit(1, new RowState(7, true, shelf));
        _history.Note(_floors);
        _sight.Ask(Condition.OnShelf(3));
        _sight.See<Item>(1, 4);
        _sight.Belongs(1);

        Assert.That((IsPossible, OracleJudge.IsWhatWasTold(_sight, _floors, _history)), Is.EqualTo((false, isExcused)));
    }

    [TestCase(3, 5, 3, ExpectedResult = true)]
    [TestCase(3, 5, 4, ExpectedResult = false)]
    [TestCase(5, 3, 3, ExpectedResult = false)]
    [TestCase(5, 5, 6, ExpectedResult = true)]
    public bool Other_answer_than_the_snapshot_s_is_excused_when_it_misses_what_was_not_told(long seen, long inSnapshot, long told)
    {
        var real = new Sight(s_rows);
        _sight.See<Item>(1, seen);
        real.See<Item>(1, inSnapshot);
        var revisions = new long[s_rows.Count];
        revisions[s_rows.Of<Item>(1)] = told;
        return _sight.MayMiss(real, revisions);
    }

    [Test]
    public void Nothing_is_excused_when_it_was_told_before_the_reading_began()
    {
        _history.Withhold(6);
        Commit(2, new RowState(6, true, 3));
        _history.Tell(6);
        _history.Known(s_rows.Of<Item>(2), 6);
        _history.Note(_floors);
        _sight.See<Item>(2, 2);

        Assert.That(OracleJudge.IsWhatWasTold(_sight, _floors, _history), Is.False);
    }

    private bool IsPossible => OracleJudge.Fault(_sight, _floors, _history) is null;

    private void Commit(int item, RowState state)
    {
        _history.Attempt(s_rows.Of<Item>(item), state);
        _history.Known(s_rows.Of<Item>(item), state.Rev);
    }
}
