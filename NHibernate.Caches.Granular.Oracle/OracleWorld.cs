using System.Collections.Concurrent;
using System.Diagnostics;
using NHibernate.Caches.Granular.Oracle.Processes;
using NHibernate.Caches.Granular.Oracle.Rows;
using Npgsql;

namespace NHibernate.Caches.Granular.Oracle;

/// <summary>What the workers of a process share. Thread-safe.</summary>
/// <param name="settings">What they do.</param>
/// <param name="connectionString">The database.</param>
/// <param name="factories">Its session factories.</param>
/// <param name="board">What they share with the workers of other processes, and which decides when the run is over; null where there are none.</param>
internal sealed class OracleWorld(OracleSettings settings, string connectionString, IReadOnlyList<ISessionFactory> factories, Board? board = null)
{
    /// <summary>How many lines of the log explain a finding.</summary>
    public const int Lines = 150;

    private const int Explained = 5;
    private const int KeptFindings = 1000;

    private readonly ConcurrentQueue<OracleFinding> _findings = new();
    private readonly ConcurrentDictionary<(FindingKind Kind, string Reading), int> _counts = new();
    private readonly ConcurrentDictionary<string, int> _refused = new();
    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private ImmutableArray<WorkerTally> _tallies = [];

    public OracleSettings Settings => settings;

    public IReadOnlyList<ISessionFactory> Factories => factories;

    public RowTable Rows { get; } = new(settings.RowsPerKind);

    public RowHistory History { get; } = board?.History ?? new RowHistory(new RowTable(settings.RowsPerKind));

    public OperationLog Log { get; } = new(new RowTable(settings.RowsPerKind).NameOf, board?.StartedAt ?? Stopwatch.GetTimestamp());

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_startedAt);

    /// <summary>The first findings, in the order in which they were found.</summary>
    public ImmutableArray<OracleFinding> Findings => [.. _findings];

    /// <summary>How many findings there are of each kind, by how was asked.</summary>
    public ImmutableArray<(FindingKind Kind, string Reading, int Count)> FindingCounts =>
        [.. _counts.Select(count => (count.Key.Kind, count.Key.Reading, count.Value)).OrderBy(count => count.Kind).ThenBy(count => count.Reading, StringComparer.Ordinal)];

    /// <summary>What the database or NHibernate refused, and how often.</summary>
    public ImmutableSortedDictionary<string, int> Refusals => _refused.ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>Enough was found.</summary>
    public bool IsHopeless => (board?.Findings ?? (_counts.IsEmpty ? 0 : _counts.Values.Sum())) >= settings.MaxFindings;

    public bool IsOver =>
        IsHopeless
        || board?.Phase >= Phase.Ending
        || (board is null && Elapsed is var elapsed && elapsed > settings.Duration && (Total(tally => tally.Reads) >= settings.MinReads || elapsed > 10 * settings.Duration));

    public OracleProgress Progress => new(settings.Name, Elapsed, settings.Duration, Total(tally => tally.Reads), Total(tally => tally.Misses), Total(tally => tally.Commits), _counts.Values.Sum());

    /// <summary>A place at work for one more worker.</summary>
    /// <param name="name">For people.</param>
    /// <param name="number">Of all workers; chooses its chances and its session factory.</param>
    public Place Open(string name, int number)
    {
        var tally = board?.TallyOf(board.Number, number) ?? new WorkerTally(new Words(WorkerTally.Size(Rows)), 0);
        ImmutableInterlocked.Update(ref _tallies, static (tallies, tally) => tallies.Add(tally), tally);
        return new Place(factories[number % factories.Count], tally, Log.Open(name), new Random((settings.Seed * 1009) + number));
    }

    /// <summary>An open connection, the caller's to close.</summary>
    public NpgsqlConnection NewConnection()
    {
        var connection = new NpgsqlConnection(connectionString);
        connection.Open();
        return connection;
    }

    public long Total(Func<WorkerTally, long> counted) => _tallies.Sum(counted);

    /// <summary>Whether the database, NHibernate or the network said no, which may happen to any transaction.</summary>
    public static bool IsRefusal(Exception exception) => exception is HibernateException or System.Transactions.TransactionException or System.Data.Common.DbException;

    public void Refused(Exception exception)
    {
        var cause = exception.GetBaseException();
        var name = cause is PostgresException { SqlState: var state } ? $"SQLSTATE {state}" : cause.GetType().Name;
        _refused.AddOrUpdate(name, 1, (_, count) => count + 1);
    }

    /// <summary>Whether some process has committed what the cache has not been told of yet.</summary>
    public bool IsSomebodyCutOff => board is not null && board.IsSomebodyCutOff;

    /// <inheritdoc cref="Board.IsSomebodyUnsettled"/>
    public bool IsSomebodyUnsettled => board is not null && board.IsSomebodyUnsettled;

    /// <summary>So many writers are about to begin.</summary>
    public void BeginWriting(int writers)
    {
        if (board is not null)
            Volatile.Write(ref board.ShareOf(board.Number).Writing, writers);
    }

    /// <summary>A writer has ended.</summary>
    public void EndWriting()
    {
        if (board is not null)
            Interlocked.Decrement(ref board.ShareOf(board.Number).Writing);
    }

    /// <summary>An answer misses nothing but commits of processes that were cut off from the cache, and not back when it was asked for.</summary>
    public void Excuse(string reading)
    {
        var share = board?.ShareOf(board.Number) ?? throw new InvalidOperationException($"{reading}: nobody is cut off from a cache in memory.");
        Interlocked.Increment(ref share.Explained);
    }

    public void Found(FindingKind kind, string reading, string what)
    {
        _counts.AddOrUpdate((kind, reading), 1, (_, count) => count + 1);
        board?.Found();
        if (_findings.Count >= KeptFindings)
            return;
        var finding = new OracleFinding(kind, reading, $"{kind}, {reading}: {what}\n{settings}\n{(_findings.Count < Explained ? Log.Last(Lines) : "")}") { AfterKill = board?.SinceKill };
        _findings.Enqueue(finding);
        settings.Found(finding);
    }

    /// <summary>What a worker works with. Not thread-safe: its own.</summary>
    internal sealed record Place(ISessionFactory Factory, WorkerTally Tally, OperationLog.Part Log, Random Random);
}
