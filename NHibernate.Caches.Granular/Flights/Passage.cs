using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Flights;

/// <summary>How a look-up may take part in flights. Thread-safe: immutable.</summary>
/// <param name="AmongNodes">Whether it asks for the lead among the nodes.</param>
/// <param name="Limit">How long it waits at most, all in all; and how long a flight lasts at most, or the lead among the nodes.</param>
/// <param name="MayLead">Whether what it loads will be put.</param>
/// <param name="MayWait">Whether it may wait for others.</param>
/// <param name="IsReadingCheap">Whether it costs next to nothing to look once more.</param>
internal readonly record struct FlightRules(bool AmongNodes, TimeSpan Limit, bool MayLead, bool MayWait, bool IsReadingCheap)
{
    /// <summary>Whether it is certain to be ended by whoever began it, whatever the session does meanwhile.</summary>
    public bool EndsWithCall { get; init; }
}

/// <summary>
/// A look-up that missed, among others that miss the same entry: who loads it, who waits, and until when. Deciding is here; waiting, and
/// the calls to the store, are <see cref="FlightReading"/>'s. Not thread-safe: belongs to one look-up.
/// </summary>
/// <remarks>
/// Nobody is handed what another has loaded. Who has waited reads once more, and what it gets is judged as in every look-up: so it is
/// never stale, and a result that was outdated when it was stored is met as a miss by all who waited.
/// </remarks>
/// <param name="flights">The flights of the store.</param>
/// <param name="store">The store.</param>
/// <param name="key">The entry.</param>
/// <param name="led">What the session leads.</param>
/// <param name="rules">What it may do.</param>
internal sealed class Passage(FlightRegister flights, ICacheStore store, EntryKey key, LedFlights led, FlightRules rules)
{
    // A result that has changed again when it arrives is waited for once more. Where that goes on, the database is faster.
    private const int MostFollowed = 2;

    private static readonly TimeSpan s_leastPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_mostPause = TimeSpan.FromMilliseconds(50);

    private readonly long _startedAt = flights.Clock.GetTimestamp();
    private Stage _stage = Stage.Missed;
    private Flight? _followed;
    private int _followedCount;
    private TimeSpan _pause = s_leastPause;
    private bool _hasPaused;

    private enum Stage
    {
        Missed,
        Following,
        Confirming,
        Pausing,
    }

    /// <summary>The flight that others may be waiting for: it ends with the put, or whatever keeps it from coming.</summary>
    public Flight? Led { get; private set; }

    /// <summary>For how long the lead among the nodes is asked.</summary>
    public TimeSpan Lease => rules.Limit;

    private TimeSpan Remaining => rules.Limit - flights.Clock.GetElapsedTime(_startedAt);

    private bool MayWait => rules.MayWait && Remaining > TimeSpan.Zero;

    /// <summary>What to do after this answer.</summary>
    public FlightStep Next(ReadResult read)
    {
        var followed = _followed;
        _followed = null;
        followed?.Leave();
        if (read.Entry is not null)
            return Found();
        // Nothing that is loaded now will be there for others: the entry is locked, or the store out of reach, or the result not for sharing.
        if (read.Reason is MissReason.Locked or MissReason.Unavailable or MissReason.NotShareable)
            return Alone();
        return _stage switch
        {
            Stage.Missed => Join(),
            Stage.Following => Arrived(followed!),
            Stage.Pausing => Ask(),
            _ => Load(),
        };
    }

    /// <summary>What to do when the store has been asked for the lead among the nodes.</summary>
    public FlightStep Asked(bool isGranted)
    {
        Led!.HasLead = isGranted;
        if (isGranted)
            return Confirm(rules.IsReadingCheap || _hasPaused);
        if (!MayWait)
        {
            if (_hasPaused)
                CacheMetrics.Flight(FlightOutcome.TimedOut);
            return FlightStep.Done;
        }
        (_stage, _hasPaused) = (Stage.Pausing, true);
        var pause = _pause < Remaining ? _pause : Remaining;
        _pause = _pause * 2 < s_mostPause ? _pause * 2 : s_mostPause;
        return new FlightStep(StepKind.Pause, Led, pause);
    }

    /// <summary>The look-up has failed.</summary>
    public void Abandon()
    {
        _followed?.Leave();
        Led?.End(FlightEnd.Failed);
    }

    private FlightStep Found()
    {
        if (_followedCount > 0 || _hasPaused)
            CacheMetrics.Flight(FlightOutcome.Waited);
        Led?.End(FlightEnd.Stored);
        return FlightStep.Done;
    }

    private FlightStep Alone()
    {
        Led?.End(FlightEnd.Rejected);
        return FlightStep.Done;
    }

    private FlightStep Join()
    {
        var isNew = false;
        var flight = rules.MayLead ? flights.FindOrBegin(key, store, rules.Limit, out isNew) : flights.Find(key, rules.Limit);
        if (isNew)
        {
            Led = flight;
            led.Add(flight!, rules.EndsWithCall);
            return rules.AmongNodes ? Ask() : Confirm(rules.IsReadingCheap);
        }
        if (flight is null || !MayWait || _followedCount == MostFollowed)
            return FlightStep.Done;
        _followedCount++;
        (_stage, _followed) = (Stage.Following, flight);
        flight.Join();
        return new FlightStep(StepKind.Wait, flight, Remaining);
    }

    private FlightStep Arrived(Flight followed)
    {
        if (!followed.Ended.IsCompleted)
        {
            CacheMetrics.Flight(FlightOutcome.TimedOut);
            return Join();
        }
        return followed.Ended.Result == FlightEnd.Rejected ? FlightStep.Done : Join();
    }

    private FlightStep Ask() => new(StepKind.Ask, Led);

    /// <summary>It may have been stored since the look-up missed.</summary>
    private FlightStep Confirm(bool again)
    {
        _stage = Stage.Confirming;
        return again ? FlightStep.Again : Load();
    }

    private static FlightStep Load()
    {
        CacheMetrics.Flight(FlightOutcome.Led);
        return FlightStep.Done;
    }
}
