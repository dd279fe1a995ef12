using System.Diagnostics;
using NHibernate.Caches.Granular.Oracle.Rows;

namespace NHibernate.Caches.Granular.Oracle.Processes;

/// <summary>
/// The readers and writers of a mix in several processes, over one database and one Redis, judged as those of one process are: by a history that
/// they share. Processes may be killed meanwhile, and are replaced. Not thread-safe: one run at a time per database.
/// </summary>
internal sealed class SharedRun : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    private readonly SharedSettings _settings;
    private readonly string _database;
    private readonly Func<int, string> _redis;
    private readonly CutOffs? _cutOffs;
    private readonly string _keyPrefix = $"oracle:{Guid.NewGuid():N}:";
    private readonly string _path = Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"granular-oracle-{Guid.NewGuid():N}");
    private readonly RowTable _rows;
    private readonly Board _board;
    private readonly Random _random;
    private readonly Child?[] _children;
    private readonly List<OracleFinding> _findings = [];
    private readonly Dictionary<KillPoint, int> _kills = new() { [KillPoint.BeforeAnnounce] = 0, [KillPoint.BeforeCommit] = 0, [KillPoint.BeforePublish] = 0 };
    private int _committed;
    private int _rolledBack;

    private SharedRun(string database, Func<int, string> redis, SharedSettings settings, CutOffs? cutOffs)
    {
        (_database, _redis, _settings, _cutOffs, _rows) = (database, redis, settings, cutOffs, new RowTable(settings.Mix.RowsPerKind));
        _board = Board.Create(_path, _rows);
        _random = new Random(settings.Mix.Seed);
        _children = new Child?[settings.Processes];
    }

    /// <param name="database">The connection string of a database of its own, whose tables the run drops and creates.</param>
    /// <param name="redis">The configuration string of a Redis, which may be shared.</param>
    /// <param name="settings">What to do.</param>
    public static SharedReport Execute(string database, string redis, SharedSettings settings)
    {
        using var run = new SharedRun(database, _ => redis, settings, null);
        return run.Execute();
    }

    /// <inheritdoc cref="Execute(string, string, SharedSettings)"/>
    /// <param name="cutOffs">A Redis of the run's own, and what cuts the processes off from it now and then.</param>
    public static SharedReport Execute(string database, CutOffs cutOffs, SharedSettings settings)
    {
        using var run = new SharedRun(database, cutOffs.WayOf, settings, cutOffs);
        return run.Execute();
    }

    public void Dispose()
    {
        foreach (var child in _children)
            child?.Dispose();
        _board.Dispose();
        File.Delete(_path);
    }

    private SharedReport Execute()
    {
        OracleRun.CreateTables(_database, _settings.Mix with { Cache = configuration => configuration.SetProperty(Cfg.Environment.UseSecondLevelCache, "false").SetProperty(Cfg.Environment.UseQueryCache, "false") });
        OracleRun.Begin(_board.History, _rows);
        for (var number = 1; number <= _settings.Processes; number++)
            Start(number, life: 0);
        WaitForAll(ShareState.Ready);
        var clock = Stopwatch.StartNew();
        _board.Phase = Phase.Working;
        using (_cutOffs?.Begin(_settings.Processes))
            Supervise(clock);
        _board.Phase = Phase.Ending;
        WaitForAll(ShareState.Ended);
        var elapsed = clock.Elapsed;
        if (_board.Findings < _settings.Mix.MaxFindings)
            Compare();
        return Report(elapsed);
    }

    private void Supervise(Stopwatch clock)
    {
        var told = TimeSpan.Zero;
        while (_board.Findings < _settings.Mix.MaxFindings && !IsEnough(clock.Elapsed))
        {
            Thread.Sleep(20);
            ReplaceTheDead();
            if (clock.Elapsed - told < _settings.Mix.ProgressEvery)
                continue;
            told = clock.Elapsed;
            _settings.Progress(string.Create(CultureInfo.InvariantCulture,
                $"{_settings.Mix.Name} {told:mm\\:ss} of {_settings.Mix.Duration:mm\\:ss}: {_board.Total(tally => tally.Reads):N0} reads, {_board.Total(tally => tally.Commits):N0} commits, {_board.Findings} findings, {Shares.Sum(share => share.Outages)} outages{(_settings.IsKilling ? $", {_kills.Values.Sum()} killed" : "")}"));
        }
    }

    private bool IsEnough(TimeSpan elapsed) =>
        elapsed > _settings.Mix.Duration
        && (elapsed > 10 * _settings.Mix.Duration || (_board.Total(tally => tally.Reads) >= _settings.Mix.MinReads && _kills.Values.Sum() >= _settings.MinKills));

    private void ReplaceTheDead()
    {
        for (var number = 1; number <= _settings.Processes; number++)
        {
            if (_children[number - 1] is { HasExited: true } && Bury(number) is var life)
                Start(number, life + 1);
        }
    }

    /// <returns>Which life of its number has ended.</returns>
    private int Bury(int number)
    {
        var child = _children[number - 1]!;
        var share = _board.ShareOf(number);
        child.WaitForExit();
        if (share.KilledAt == KillPoint.None)
            throw new InvalidOperationException($"{child.ApplicationName} has ended by itself, with exit code {child.ExitCode}:\n{child.Said}");
        _kills[share.KilledAt]++;
        var (committed, rolledBack, dirty) = Aftermath.Settle(_database, child.ApplicationName, number, _rows, _board.History);
        (_committed, _rolledBack) = (_committed + committed, _rolledBack + rolledBack);
        foreach (var what in dirty)
        {
            _board.Found();
            Found(new OracleFinding(FindingKind.Dirty, "any", what));
        }
        share.KilledAt = KillPoint.None;
        child.Dispose();
        _children[number - 1] = null;
        return child.Order.Life;
    }

    private void Start(int number, int life)
    {
        var (mix, share) = (_settings.Mix, _board.ShareOf(number));
        // Twice as many at the point that matters most as at the others together.
        var point = !_settings.IsKilling || number == 1 ? KillPoint.None : _random.Next(6) switch { 0 => KillPoint.BeforeAnnounce, 1 => KillPoint.BeforeCommit, _ => KillPoint.BeforePublish };
        var fault = number == _settings.Processes ? _settings.Fault : WorkerFault.None;
        share.State = ShareState.Starting;
        _children[number - 1] = Child.Start(
            new WorkerOrder(number, life, _path, _database, _redis(number), _keyPrefix, mix.Name, mix.Seed, mix.Layout, mix.WriteThrough, _settings.Writers, _settings.Readers, _settings.Lease, _settings.Policy, _settings.Timeout, _settings.IsKilling, point, _random.Next(8), fault),
            Found);
    }

    private void WaitForAll(ShareState state)
    {
        for (var since = Stopwatch.GetTimestamp(); ; Thread.Sleep(10))
        {
            for (var number = 1; number <= _settings.Processes; number++)
            {
                // One that was killed when the run was almost over is not replaced any more.
                if (_children[number - 1] is { HasExited: true })
                    Bury(number);
            }
            if (Enumerable.Range(1, _settings.Processes).All(number => _children[number - 1] is null || _board.ShareOf(number).State >= state))
                return;
            if (Stopwatch.GetElapsedTime(since) > s_patience)
                throw new InvalidOperationException($"Not all processes are {state}: {string.Join('\n', _children.Select(child => child?.Said))}");
        }
    }

    private void Compare()
    {
        // What the dead have announced is moved by the end of their lease.
        if (_settings.IsKilling)
            Thread.Sleep(_settings.Lease + TimeSpan.FromMilliseconds(500));
        _board.Phase = Phase.Comparing;
        for (var number = 1; number <= _settings.Processes; number++)
        {
            if (_children[number - 1] is not { } child)
                continue;
            _board.Turn = number;
            child.WaitForExit();
            if (_board.ShareOf(number).State != ShareState.Compared)
                throw new InvalidOperationException($"{child.ApplicationName} did not compare its answers:\n{child.Said}");
        }
    }

    private void Found(OracleFinding finding)
    {
        lock (_findings)
            _findings.Add(finding);
    }

    private IEnumerable<Share> Shares => Enumerable.Range(1, _settings.Processes).Select(_board.ShareOf);

    private SharedReport Report(TimeSpan elapsed)
    {
        var shares = Enumerable.Range(1, _settings.Processes).Select(number =>
        {
            var share = _board.ShareOf(number);
            return new ProcessReport(number,
                _board.Total(number, tally => tally.Reads), _board.Total(number, tally => tally.Misses), _board.Total(number, tally => tally.Commits), _board.Total(number, tally => tally.Rollbacks),
                share.Hits, share.ForeignHits, share.Announced, share.Proven, share.Unproven, share.Late, TimeSpan.FromMilliseconds(share.Longest), _board.Total(number, tally => tally.LeftToLease), share.Compared, share.Left, share.Unavailable, share.NotAnnounced, share.NotPublished,
                share.Outages, share.Untold, TimeSpan.FromMilliseconds(share.LongestUntold), share.Explained, share.WrittenHits);
        });
        lock (_findings)
            return new SharedReport(_settings, elapsed, [.. shares], _kills.ToImmutableSortedDictionary(), _committed, _rolledBack, _board.Findings, [.. _findings]) { Kinds = KindCount.Of(_board.Total), Log = string.Join("\n\n", _children.Where(child => child is not null).Select(child => $"{child!.ApplicationName}:\n{child.Log}")) };
    }
}
