using System.Collections.Concurrent;
using System.Diagnostics;

namespace NHibernate.Caches.Granular.Tests.Oracle;

/// <summary>What the workers of a run share. Thread-safe.</summary>
internal sealed class OracleWorld(OracleSettings settings, ISessionFactory factory)
{
    private const int Lines = 150;
    private const int Explained = 5;

    private readonly ConcurrentQueue<OracleFinding> _findings = new();
    private readonly ConcurrentDictionary<string, int> _failures = new();
    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private long _reads;
    private long _commits;

    public OracleSettings Settings => settings;

    public ISessionFactory Factory => factory;

    public RowHistory History { get; } = new();

    public OperationLog Log { get; } = new();

    public ImmutableArray<OracleFinding> Findings => [.. _findings];

    public ImmutableSortedDictionary<string, int> Failures => _failures.ToImmutableSortedDictionary(StringComparer.Ordinal);

    public long Reads => Volatile.Read(ref _reads);

    public long Commits => Volatile.Read(ref _commits);

    public bool IsOver =>
        _findings.Count >= settings.MaxFindings
        || (Stopwatch.GetElapsedTime(_startedAt) is var elapsed && elapsed > settings.Duration && (Reads >= settings.MinReads || elapsed > 10 * settings.Duration));

    public IEnumerable<RowId> Rows =>
        Enumerable.Range(1, Reading.Shelves).Select(id => new RowId(typeof(Shelf), id))
            .Concat(Items)
            .Concat(new[] { typeof(Doc), typeof(Note), typeof(Memo) }.SelectMany(kind => Enumerable.Range(1, settings.RowsPerKind).Select(id => new RowId(kind, id))));

    public IEnumerable<RowId> Items => Enumerable.Range(1, settings.RowsPerKind).Select(id => new RowId(typeof(Item), id));

    public void CountRead() => Interlocked.Increment(ref _reads);

    public void CountCommit() => Interlocked.Increment(ref _commits);

    public void Refused(Exception exception)
    {
        var cause = exception.GetBaseException();
        var name = cause is Npgsql.PostgresException { SqlState: var state } ? $"SQLSTATE {state}" : cause.GetType().Name;
        _failures.AddOrUpdate(name, 1, (_, count) => count + 1);
    }

    public void Found(FindingKind kind, string reading, string what) =>
        _findings.Enqueue(new OracleFinding(kind, reading, $"{kind}, {reading}: {what}\n{settings}\n{(_findings.Count < Explained ? Log.Last(Lines) : "")}"));
}
