using System.Diagnostics;
using System.Diagnostics.Metrics;
using NHibernate.Caches.Granular.Oracle.Pauses;
using NHibernate.Caches.Granular.Oracle.Workers;

namespace NHibernate.Caches.Granular.Oracle.Processes;

/// <summary>
/// Hears what the cache itself says of being cut off: of which transactions the other processes could not be told, and when they have been. By
/// its word that Redis is back all of them have been, whatever it has counted: what is missed from then on is a finding. Only of those that it
/// could not tell of while it was about to say so, that is not known. Thread-safe.
/// </summary>
internal sealed class OutageWatch : IDisposable, INHibernateLoggerFactory, INHibernateLogger
{
    private readonly MeterListener _listener = new();
    private readonly Share _share;
    private readonly TimeSpan _pause;
    private readonly Lock _gate = new();
    private readonly Queue<(Attempts? Attempts, long Since)> _untold = new();

    /// <param name="share">Where it is counted.</param>
    /// <param name="pause">How long before the word that Redis is back there may still be news.</param>
    public OutageWatch(Share share, TimeSpan pause)
    {
        (_share, _pause) = (share, pause);
        Volatile.Write(ref _share.IsInterrupted, 0);
        NHibernateLogger.SetLoggersFactory(this);
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Name is "granular.untold" or "granular.told_late")
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, count, _, _) =>
        {
            if (instrument.Name == "granular.untold")
                Untold();
            else
                Told((int)count, TimeSpan.Zero);
        });
        _listener.Start();
    }

    public INHibernateLogger LoggerFor(string keyName) => this;

    public INHibernateLogger LoggerFor(System.Type type) => this;

    public bool IsEnabled(NHibernateLogLevel logLevel) => logLevel >= NHibernateLogLevel.Warn;

    public void Log(NHibernateLogLevel logLevel, NHibernateLogValues state, Exception exception)
    {
        var message = IsEnabled(logLevel) ? state.ToString() : "";
        if (message.StartsWith("GC120", StringComparison.Ordinal))
        {
            Interlocked.Increment(ref _share.Outages);
            Volatile.Write(ref _share.IsInterrupted, 1);
        }
        else if (message.StartsWith("GC121", StringComparison.Ordinal))
        {
            Told(int.MaxValue, _pause);
            Volatile.Write(ref _share.IsInterrupted, 0);
        }
    }

    public void Dispose() => _listener.Dispose();

    // Called on the thread of the transaction, which has not sent its COMMIT yet.
    private void Untold()
    {
        var attempts = Worker.Current?.Attempts;
        attempts?.Untold();
        lock (_gate)
        {
            _untold.Enqueue((attempts, Stopwatch.GetTimestamp()));
            (_share.Untold, _share.UntoldNow) = (_share.Untold + 1, _untold.Count);
        }
    }

    private void Told(int count, TimeSpan atLeast)
    {
        lock (_gate)
        {
            for (; count > 0 && _untold.TryPeek(out var told) && Stopwatch.GetElapsedTime(told.Since) is var waited && waited >= atLeast; count--)
            {
                _untold.Dequeue();
                told.Attempts?.Told();
                _share.LongestUntold = Math.Max(_share.LongestUntold, (long)waited.TotalMilliseconds + 1);
            }
            Volatile.Write(ref _share.UntoldNow, _untold.Count);
        }
    }
}
