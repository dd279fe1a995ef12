using NHibernate.Caches.Granular.Oracle.Rows;

namespace NHibernate.Caches.Granular.Oracle.Workers;

/// <summary>
/// Whether what was seen can be true of any moment since the reading began. Allocates nothing while nothing is wrong. Thread-safe:
/// stateless.
/// </summary>
internal static class OracleJudge
{
    /// <param name="sight">What was seen.</param>
    /// <param name="floors">How far each row was known to be before the reading began.</param>
    /// <param name="history">The states the rows have had, and may have any moment.</param>
    /// <returns>What cannot be, or null.</returns>
    public static string? Fault(Sight sight, Floors floors, RowHistory history) => Fault(sight, floors.Known, floors.Known, history);

    /// <summary>
    /// Whether it can be true of a moment since the last commit of each row that the cache had been told of before the reading began: nothing is
    /// missing but commits of processes that were cut off and not back.
    /// </summary>
    public static bool IsWhatWasTold(Sight sight, Floors floors, RowHistory history) => Fault(sight, floors.Told, floors.Whole, history) is null;

    // Every commit of a row changes its revision; what else it changes is a matter of the floors.
    private static string? Fault(Sight sight, long[] revisions, long[] floors, RowHistory history)
    {
        foreach (var (row, rev) in sight.Seen)
        {
            if (rev < revisions[row] && !(rev >= floors[row] && sight.Asked is { } condition && IsOutOf(history.States(row), rev, revisions[row], condition)))
                return $"{sight.Rows.NameOf(row)}@{rev} is older than {revisions[row]}{(history.OriginOf(row, revisions[row]) is var process and > 0 ? $", committed in process {process}," : "")}";
        }
        foreach (var row in sight.Absent)
        {
            if (!MayBeAbsent(history.States(row), floors[row]))
                return Fault(sight, row, floors, history, "exists");
        }
        if (sight.Tags is { } tags && !MayHaveTags(history.States(tags.Item), floors[tags.Item], tags.Mask))
            return Fault(sight, tags.Item, floors, history, $"never had tags {tags.Mask}");
        if (sight.Members is { } members && sight.Asked is { } asked)
        {
            for (var item = 1; item <= sight.Rows.RowsPerKind; item++)
            {
                var (row, belongs) = (sight.Rows.Of<Item>(item), (members >> item & 1) != 0);
                if (!MayBelong(history.States(row), floors[row], asked, belongs))
                    return Fault(sight, row, floors, history, belongs ? "does not belong" : "belongs");
            }
        }
        if (sight.Total is not { } total)
            return null;
        var (least, most) = Bounds(sight, floors, history, total.IsSum);
        return total.Value < least || total.Value > most ? $"{total.Value} is not between {least} and {most}" : null;
    }

    private static string Fault(Sight sight, int row, long[] floors, RowHistory history, string what) =>
        $"{sight.Rows.NameOf(row)}, at {floors[row]} or later, {what} (known: {history.Describe(row)})";

    // A commit of a row that meets the condition neither before nor after it drops no list. So, when an untold commit has taken the row out of the list,
    // none that was told of since needs to.
    private static bool IsOutOf(RowStates states, long after, long until, Condition asked)
    {
        foreach (var state in states)
        {
            if (state.Rev > after && state.Rev <= until && asked.IsTrueOf(state) != false)
                return false;
        }
        return true;
    }

    private static bool MayBeAbsent(RowStates states, long floor)
    {
        foreach (var state in states)
        {
            if (state.Rev >= floor && !state.Exists)
                return true;
        }
        return false;
    }

    private static bool MayHaveTags(RowStates states, long floor, int mask)
    {
        foreach (var state in states)
        {
            if (state.Rev >= floor && (state.Exists ? state.Tags == RowState.UnknownTags || state.Tags == mask : mask == 0))
                return true;
        }
        return false;
    }

    private static bool MayBelong(RowStates states, long floor, Condition asked, bool belongs)
    {
        foreach (var state in states)
        {
            if (state.Rev >= floor && (asked.IsTrueOf(state) ?? belongs) == belongs)
                return true;
        }
        return false;
    }

    private static (long Least, long Most) Bounds(Sight sight, long[] floors, RowHistory history, bool isSum)
    {
        var (least, most) = (0L, 0L);
        for (var item = 1; item <= sight.Rows.RowsPerKind; item++)
        {
            var row = sight.Rows.Of<Item>(item);
            var (min, max) = (long.MaxValue, 0L);
            foreach (var state in history.States(row))
            {
                if (state.Rev < floors[row])
                    continue;
                var part = sight.Asked!.Value.IsTrueOf(state) == false ? 0 : isSum ? state.Rev : 1;
                (min, max) = (Math.Min(min, part), Math.Max(max, part));
            }
            // None: somebody saw what was rolled back afterwards, which is a finding of its own.
            (least, most) = (least + (min == long.MaxValue ? 0 : min), most + max);
        }
        return (least, most);
    }
}
