using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Tests.Scopes;

/// <summary>What is remembered of invalidations is little, and true.</summary>
public sealed class RecentChangesTests
{
    private static readonly TableId s_post = new("public.post");
    private static readonly Shape s_byCat = new(s_post, ["cat_id"], ColumnSet.Of(["title"]));

    private static StampKey Cat(long cat) => s_byCat.Conjunction([ColumnValue.Integer(cat)]);

    private static RecentChange Change(long before, params StampKey[] keys)
    {
        var stamps = new MovedStamps();
        foreach (var key in keys)
            stamps.Add(key, new Mover(s_byCat, ChangeKind.Insert));
        return RecentChange.Of(new Sequence(before), [new ChangedTable(s_post, ChangeKind.Insert, ColumnSet.All)], stamps, true, DateTimeOffset.UnixEpoch);
    }

    [Test]
    public void Change_from_before_the_entry_or_of_other_stamps_is_none_that_outdated_it()
    {
        var changes = RecentChanges.Of(Guid.NewGuid().ToString());
        changes.Add(Change(5, Cat(1)));
        changes.Add(Change(6, Cat(2)));
        Assert.That(changes.FindMover(ImmutableHashSet.Create(Cat(1)), new Sequence(6)), Is.Null);
        Assert.That(changes.FindMover(ImmutableHashSet.Create(Cat(3)), new Sequence(1)), Is.Null);
        Assert.That(changes.FindMover(ImmutableHashSet.Create(Cat(1), Cat(2)), new Sequence(5))!.MatchedColumns, Is.EqualTo(new[] { "cat_id" }));
    }

    [Test]
    public void First_of_several_is_found_whatever_the_order_in_which_they_were_published()
    {
        var changes = RecentChanges.Of(Guid.NewGuid().ToString());
        changes.Add(Change(9, Cat(1)));
        changes.Add(Change(7, Cat(1)));
        Assert.That(changes.FindMover(ImmutableHashSet.Create(Cat(1)), new Sequence(1))!.Change.Before, Is.EqualTo(new Sequence(7)));
    }

    [Test]
    public void Stamps_of_a_large_change_are_not_kept()
    {
        var large = Change(1, [.. Enumerable.Range(0, RecentChanges.MaxStamps + 1).Select(cat => Cat(cat))]);
        Assert.That((large.StampCount, large.Stamps.Length), Is.EqualTo((RecentChanges.MaxStamps + 1, 0)));
    }

    [Test]
    public void Factories_on_one_database_share_what_is_remembered() =>
        Assert.That(RecentChanges.Of("one"), Is.SameAs(RecentChanges.Of("one")).And.Not.SameAs(RecentChanges.Of("another")));

    /// <summary>What a transaction of one row costs more than without this: less than an entity costs to load.</summary>
    [Test]
    public void Remembering_a_small_change_takes_few_bytes()
    {
        var changes = RecentChanges.Of(Guid.NewGuid().ToString());
        var stamps = new MovedStamps();
        for (var cat = 0; cat < 5; cat++)
            stamps.Add(Cat(cat), new Mover(s_byCat, ChangeKind.Insert));
        Remember();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            Remember();
        Assert.That((GC.GetAllocatedBytesForCurrentThread() - before) / 100, Is.LessThan(600));

        void Remember() => changes.Add(RecentChange.Of(new Sequence(1), [new ChangedTable(s_post, ChangeKind.Insert, ColumnSet.All)], stamps, true, DateTimeOffset.UnixEpoch));
    }
}
