namespace NHibernate.Caches.Granular.Tests.Oracle;

/// <summary>Whether what was seen can be true of any moment since the reading began. Thread-safe: stateless.</summary>
internal static class OracleJudge
{
    /// <param name="sight">What was seen.</param>
    /// <param name="floors">How far each row was known to be before the reading began.</param>
    /// <param name="history">The states the rows have had, and may have any moment.</param>
    /// <param name="items">All items.</param>
    public static IEnumerable<string> Faults(Sight sight, Dictionary<RowId, long> floors, RowHistory history, IEnumerable<RowId> items)
    {
        foreach (var (row, rev) in sight.Revisions)
        {
            if (rev < floors[row])
                yield return $"{row}@{rev} is older than {floors[row]}";
        }
        foreach (var row in sight.Absent)
        {
            if (history.Since(row, floors[row]).All(state => state.Exists))
                yield return $"{row}, at {floors[row]} or later, exists";
        }
        if (sight.Tags is { } tags && !history.Since(tags.Item, floors[tags.Item]).Any(state => state.Exists ? state.Tags == -1 || state.Tags == tags.Mask : tags.Mask == 0))
            yield return $"{tags.Item}, at {floors[tags.Item]} or later, never had tags {tags.Mask}";
        if (sight.Members is { } members)
        {
            foreach (var row in items)
            {
                var belongs = members.Ids.Contains(row.Id);
                if (!history.Since(row, floors[row]).Any(state => state.Tags == -1 || members.Belongs(state) == belongs))
                    yield return $"{row}, at {floors[row]} or later, {(belongs ? "does not belong" : "belongs")} (known: {string.Join(", ", history.Since(row, floors[row]))})";
            }
        }
        if (sight.Total is { } total && Bounds(total.Part, floors, history, items) is var (least, most) && (total.Value < least || total.Value > most))
            yield return $"{total.Value} is not between {least} and {most}";
    }

    private static (long Least, long Most) Bounds(Func<RowState, long> part, Dictionary<RowId, long> floors, RowHistory history, IEnumerable<RowId> items)
    {
        var (least, most) = (0L, 0L);
        foreach (var row in items)
        {
            // None: somebody saw what was rolled back afterwards, which is a finding of its own.
            var parts = history.Since(row, floors[row]).Select(part).DefaultIfEmpty().ToList();
            least += parts.Min();
            most += parts.Max();
        }
        return (least, most);
    }
}
