using System.Data;
using System.Diagnostics;
using System.Transactions;
using NHibernate.Caches.Granular.Oracle.Pauses;
using NHibernate.Caches.Granular.Oracle.Rows;
using IsolationLevel = System.Data.IsolationLevel;

namespace NHibernate.Caches.Granular.Oracle.Workers;

/// <summary>
/// Reads through the cache in all ways and judges each answer by what was known before the reading began. Not thread-safe: one
/// worker.
/// </summary>
internal sealed class OracleReader(OracleWorld world, OracleWorld.Place place)
{
    private const int MaxReadingsPerSession = 8;

    // Enough that every answer is likely to be asked once more when the writers have ended: what they left is compared afterwards.
    private const int LastReadings = 150;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly Worker _worker = new(place.Random);
    private readonly Floors _floors = world.History.NewFloors();
    private readonly Sight _sight = new(world.Rows);
    private readonly Sight _real = new(world.Rows);

    public void Run()
    {
        Worker.Current = _worker;
        while (!world.IsOver)
            TryOneSession();
        // Who is back makes everybody forget what is cached. What readers leave is what they read after that. The dead stay as they were.
        for (var since = Stopwatch.GetTimestamp(); world.IsSomebodyUnsettled && !world.IsHopeless && Stopwatch.GetElapsedTime(since) < s_patience;)
            TryOneSession();
        for (var end = place.Tally.Reads + LastReadings; place.Tally.Reads < end && !world.IsHopeless;)
            TryOneSession();
        world.History.Release(_floors);
    }

    private void TryOneSession()
    {
        try
        {
            OneSession(world.Settings.Reading[place.Random.Next(world.Settings.Reading.Length)]);
        }
        catch (Exception exception) when (OracleWorld.IsRefusal(exception))
        {
            world.Refused(exception);
        }
    }

    private void OneSession(ReaderSession kind)
    {
        switch (kind)
        {
            case ReaderSession.Ambient:
                InScope(System.Transactions.IsolationLevel.ReadCommitted, session => ReadCurrent(session, null));
                break;
            case ReaderSession.AmbientSnapshot:
                InScope(System.Transactions.IsolationLevel.RepeatableRead, ReadSnapshot);
                break;
            case ReaderSession.RepeatableRead:
                ReadSnapshot(IsolationLevel.RepeatableRead);
                break;
            case ReaderSession.Serializable:
                ReadSnapshot(IsolationLevel.Serializable);
                break;
            case ReaderSession.Supplied:
                using (var connection = world.NewConnection())
                using (var session = place.Factory.WithOptions().Connection(connection).OpenSession())
                    ReadCurrent(session, IsolationLevel.ReadCommitted);
                break;
            case ReaderSession.Reused:
                ReadOnAndOn();
                break;
            default:
                using (var session = place.Factory.OpenSession())
                    ReadCurrent(session, kind == ReaderSession.ReadCommitted ? IsolationLevel.ReadCommitted : null);
                break;
        }
    }

    private void InScope(System.Transactions.IsolationLevel level, Action<ISession> read)
    {
        world.History.Note(_floors);
        using var scope = new TransactionScope(TransactionScopeOption.Required, new TransactionOptions { IsolationLevel = level }, TransactionScopeAsyncFlowOption.Enabled);
        using (var session = place.Factory.OpenSession())
            read(session);
        scope.Complete();
    }

    private void ReadOnAndOn()
    {
        using var session = place.Factory.OpenSession();
        for (var count = place.Random.Next(2, 5); count > 0; count--)
            ReadCurrent(session, place.Random.Next(2) == 0 ? IsolationLevel.ReadCommitted : null);
    }

    private void ReadCurrent(ISession session, IsolationLevel? level)
    {
        using var transaction = level is { } given ? session.BeginTransaction(given) : null;
        for (var count = place.Random.Next(1, MaxReadingsPerSession + 1); count > 0; count--)
        {
            world.History.Note(_floors);
            // Mostly through the cache; sometimes past it, but into it.
            session.CacheMode = place.Random.Next(25) switch { 0 => CacheMode.Put, 1 => CacheMode.Refresh, _ => CacheMode.Normal };
            ReadAndJudge(session);
            // What the session remembers may be as old as it likes.
            session.Clear();
        }
        transaction?.Commit();
    }

    private void ReadSnapshot(IsolationLevel level)
    {
        world.History.Note(_floors);
        using var session = place.Factory.OpenSession();
        using var transaction = session.BeginTransaction(level);
        ReadSnapshot(session);
        transaction.Commit();
    }

    private void ReadSnapshot(ISession session)
    {
        // Only after its first statement has such a transaction a snapshot, and may it be served from the cache.
        if (place.Random.Next(4) != 0)
            session.CreateSQLQuery("select 1").UniqueResult();
        for (var count = place.Random.Next(1, MaxReadingsPerSession + 1); count > 0; count--)
        {
            session.CacheMode = place.Random.Next(25) == 0 ? CacheMode.Put : CacheMode.Normal;
            world.History.NoteTold(_floors);
            var mayMiss = world.IsSomebodyCutOff;
            var (reading, n) = ReadAndJudge(session);
            session.Clear();
            // What was selected is the snapshot's, mostly; what was hit need not be.
            if (_worker.Selects == 0 || place.Random.Next(4) == 0)
                CompareWithSnapshot(session, reading, n, mayMiss);
        }
    }

    private void CompareWithSnapshot(ISession session, Reading reading, int n, bool mayMiss)
    {
        session.CacheMode = CacheMode.Ignore;
        _real.Clear();
        reading.Look(session, n, _real);
        session.Clear();
        if (_sight.IsSame(_real))
            return;
        // The snapshot may have what the cache was not told of.
        if (mayMiss && _sight.MayMiss(_real, _floors.ToldNow) && OracleJudge.IsWhatWasTold(_sight, _floors, world.History))
            world.Excuse(reading.Name);
        else
            Found(FindingKind.OtherThanSnapshot, reading, $"{n}: {_sight}; the snapshot has {_real}");
    }

    private (Reading Reading, int N) ReadAndJudge(ISession session)
    {
        var reading = Reading.All[place.Random.Next(Reading.All.Length)];
        var n = place.Random.Next(1, reading.Choices(world.Rows) + 1);
        _sight.Clear();
        _worker.Selects = 0;
        place.Log.Write(reading.Name, null, n);
        reading.Look(session, n, _sight);
        place.Log.Write(_worker.Selects > 0 ? "has selected" : "has hit", null, n);
        place.Tally.Reads++;
        place.Tally.ReadsOf(reading.Kind)++;
        if (_worker.Selects > 0)
        {
            place.Tally.Misses++;
            place.Tally.MissesOf(reading.Kind)++;
        }
        Judge(reading, n);
        return (reading, n);
    }

    private void Judge(Reading reading, int n)
    {
        if (OracleJudge.Fault(_sight, _floors, world.History) is { } fault)
        {
            if (OracleJudge.IsWhatWasTold(_sight, _floors, world.History))
                world.Excuse(reading.Name);
            else
                Found(FindingKind.Stale, reading, $"{n}: {fault} in {_sight}");
            return;
        }
        foreach (var (row, rev) in _sight.Seen)
        {
            if (!world.History.Observe(row, rev))
                Found(FindingKind.Dirty, reading, $"{n}: {world.Rows.NameOf(row)}@{rev} was not committed, in {_sight}");
        }
    }

    private void Found(FindingKind kind, Reading reading, string what)
    {
        place.Tally.WrongOf(reading.Kind)++;
        world.Found(kind, reading.Name, what);
    }
}
