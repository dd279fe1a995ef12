namespace NHibernate.Caches.Granular.Scopes;

/// <summary>
/// When to read the catalog again: after data definition was seen, after a time, and when a statement names a table it does not
/// have, the latter ever more rarely while it does not help. Thread-safe.
/// </summary>
internal sealed class CatalogAge(TimeProvider clock, TimeSpan maxAge)
{
    private static readonly TimeSpan s_firstDoubt = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_lastDoubt = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();
    private long _readAt = clock.GetTimestamp();
    private TimeSpan _patience = s_firstDoubt;
    private volatile bool _isExpired;

    public bool IsOutdated => _isExpired || clock.GetElapsedTime(Volatile.Read(ref _readAt)) >= maxAge;

    public void Expire()
    {
        lock (_gate)
        {
            _isExpired = true;
            _patience = s_firstDoubt;
        }
    }

    public void Doubt()
    {
        lock (_gate)
        {
            if (_isExpired || clock.GetElapsedTime(_readAt) < _patience)
                return;
            _isExpired = true;
            _patience = _patience < s_lastDoubt ? _patience * 2 : s_lastDoubt;
        }
    }

    /// <summary>The catalog is about to be read; what changes from now on makes it outdated again.</summary>
    public void Renew()
    {
        lock (_gate)
        {
            _isExpired = false;
            Volatile.Write(ref _readAt, clock.GetTimestamp());
        }
    }
}
