using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>
/// What regions are to hold of the rows that a transaction has written, as long as nothing later in the transaction may have changed those rows
/// again. Not thread-safe: belongs to one change set.
/// </summary>
internal sealed class WrittenStates
{
    private readonly Dictionary<StampKey, (TableId Table, WrittenState State)> _known = [];

    // The regions that would have had others, which are outdated already.
    private readonly List<string> _outdated = [];

    public bool Any => _known.Count > 0;

    /// <summary>What is known, as of a sequence from before the COMMIT.</summary>
    public ImmutableArray<WrittenState> AsOf(Sequence sequence) =>
        [.. _known.Values.Select(written => written.State with { Entry = written.State.Entry with { Sequence = sequence } })];

    public void Keep(TableId table, StampKey row, WrittenState state) => _known[row] = (table, state);

    /// <summary>The row is about to be changed again.</summary>
    public void Outdate(StampKey row)
    {
        if (_known.Remove(row, out var written))
            _outdated.Add(written.State.Region);
    }

    /// <summary>Unknown rows of the table are about to be changed.</summary>
    public void Outdate(TableId table)
    {
        foreach (var row in _known.Where(written => written.Value.Table == table).Select(written => written.Key).ToList())
            Outdate(row);
    }

    public void OutdateAll()
    {
        _outdated.AddRange(_known.Values.Select(written => written.State.Region));
        _known.Clear();
    }

    /// <summary>The transaction has committed, and this became of what was published.</summary>
    /// <param name="published">What <see cref="AsOf"/> gave; none when nothing was published.</param>
    /// <param name="rejected">Why each was not stored.</param>
    public void Count(ImmutableArray<WrittenState> published, ImmutableArray<RejectedPutReason> rejected)
    {
        for (var i = 0; i < rejected.Length; i++)
        {
            if (rejected[i] == RejectedPutReason.None)
                CacheMetrics.PutWritten(published[i].Region);
            else
                CacheMetrics.RejectedPut(published[i].Region, rejected[i]);
        }
        if (published.IsEmpty)
            OutdateAll();
        foreach (var region in _outdated)
            CacheMetrics.RejectedPut(region, RejectedPutReason.WrittenState);
        _outdated.Clear();
    }
}
