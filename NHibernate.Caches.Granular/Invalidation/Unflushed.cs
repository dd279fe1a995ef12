using NHibernate.Engine;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>While it is not disposed, NHibernate does not flush the session of itself. Not thread-safe: belongs to one session.</summary>
internal readonly struct Unflushed : IDisposable
{
    // Stateless sessions have nothing to flush.
    private readonly ISession? _session;
    private readonly FlushMode _mode;

    public Unflushed(ISessionImplementor session)
    {
        if (session is not ISession full)
            return;
        (_session, _mode) = (full, full.FlushMode);
        full.FlushMode = FlushMode.Manual;
    }

    public void Dispose()
    {
        if (_session is not null)
            _session.FlushMode = _mode;
    }
}
