namespace NHibernate.Caches.Granular.Oracle;

/// <summary>
/// What one worker counts: it alone writes, so that counting costs nothing. Whoever reads while it is at work may read a little less.
/// Thread-safe in this sense.
/// </summary>
/// <param name="rows">How many hot rows there are.</param>
internal sealed class WorkerTally(int rows)
{
    /// <summary>Readings that were judged.</summary>
    public long Reads { get; set; }

    /// <summary>Of these, the readings for which at least one SELECT was executed.</summary>
    public long Misses { get; set; }

    /// <summary>Transactions and autocommitted statements that changed something.</summary>
    public long Commits { get; set; }

    /// <summary>Transactions and statements that changed nothing in the end, the refused among them.</summary>
    public long Rollbacks { get; set; }

    /// <summary>Commits of which the writer does not know whether they succeeded.</summary>
    public long InDoubt { get; set; }

    /// <summary>Committed changes of each hot row.</summary>
    public long[] RowCommits { get; } = new long[rows];
}
