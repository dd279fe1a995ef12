using NHibernate.Caches.Granular.Oracle.Rows;
using NHibernate.Caches.Granular.Oracle.Workers;

namespace NHibernate.Caches.Granular.Oracle;

/// <summary>
/// What one worker counts: it alone writes, so that counting costs nothing. Whoever reads while it is at work may read a little less.
/// Thread-safe in this sense.
/// </summary>
/// <param name="words">Where the counts are kept.</param>
/// <param name="at">Where in it.</param>
internal sealed class WorkerTally(Words words, int at)
{
    private const int Counts = 6;
    private const int CountsPerKind = 3;

    private static readonly int s_kinds = Enum.GetValues<ReadingKind>().Length;

    /// <summary>Readings that were judged.</summary>
    public ref long Reads => ref words[at];

    /// <summary>Of these, the readings for which at least one SELECT was executed.</summary>
    public ref long Misses => ref words[at + 1];

    /// <summary>Transactions and autocommitted statements that changed something.</summary>
    public ref long Commits => ref words[at + 2];

    /// <summary>Transactions and statements that changed nothing in the end, the refused among them.</summary>
    public ref long Rollbacks => ref words[at + 3];

    /// <summary>Commits of which the writer does not know whether they succeeded.</summary>
    public ref long InDoubt => ref words[at + 4];

    /// <summary>Commits that returned, and whose changes stay locked to the end of their lease all the same.</summary>
    public ref long LeftToLease => ref words[at + 5];

    /// <summary>How many words it takes.</summary>
    public static int Size(RowTable rows) => Counts + (CountsPerKind * s_kinds) + rows.Count;

    /// <summary>As <see cref="Reads"/>, of one kind.</summary>
    public ref long ReadsOf(ReadingKind kind) => ref words[at + Counts + (CountsPerKind * (int)kind)];

    /// <summary>As <see cref="Misses"/>, of one kind.</summary>
    public ref long MissesOf(ReadingKind kind) => ref words[at + Counts + (CountsPerKind * (int)kind) + 1];

    /// <summary>Of the readings of one kind, those that gave a wrong answer.</summary>
    public ref long WrongOf(ReadingKind kind) => ref words[at + Counts + (CountsPerKind * (int)kind) + 2];

    /// <summary>Committed changes of a hot row.</summary>
    public ref long RowCommits(int row) => ref words[at + Counts + (CountsPerKind * s_kinds) + row];
}
