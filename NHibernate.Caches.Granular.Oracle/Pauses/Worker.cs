using NHibernate.Caches.Granular.Oracle.Workers;

namespace NHibernate.Caches.Granular.Oracle.Pauses;

/// <summary>
/// One worker, as what runs below NHibernate knows it, also after an await: its chances, and what its sessions did. Not
/// thread-safe: a worker does one thing at a time.
/// </summary>
/// <param name="random">The worker's own choices; null for one that never pauses.</param>
internal sealed class Worker(Random? random)
{
    private static readonly AsyncLocal<Worker?> s_current = new();

    /// <summary>Null where nobody is at work, as while the tables are filled.</summary>
    public static Worker? Current
    {
        get => s_current.Value;
        set => s_current.Value = value;
    }

    /// <summary>How many SELECTs its sessions have executed.</summary>
    public long Selects { get; set; }

    /// <summary>The next connection that is returned is reported as lost: if a commit came before, its outcome is not known.</summary>
    public bool LosesConnection { get; set; }

    /// <summary>Says that the transaction is committed, for one who will not come to say so; null while nothing is about to be.</summary>
    public System.Action? Committed { get; set; }

    /// <summary>What it is about to commit; null while that is nothing.</summary>
    public Attempts? Attempts { get; set; }

    /// <summary>Something was published as of unknown outcome, so that the end of its lease is waited for.</summary>
    public bool IsLeftToLease { get; set; }

    /// <summary>Mostly nothing, sometimes a few milliseconds.</summary>
    public static void MayPause() => Current?.PauseSometimes();

    private void PauseSometimes()
    {
        if (random is null)
            return;
        var (chance, length) = (random.Next(100), random.Next(1, 8));
        if (chance < 6)
            Thread.Sleep(length);
        else if (chance < 20)
            Thread.Yield();
    }
}
