namespace NHibernate.Caches.Granular.Diagnostics;

/// <summary>
/// Who wants to know what the cache of one session factory does: handlers of its user's. What they throw is logged and goes no further.
/// When there are none, nothing is made to tell them. Thread-safe.
/// </summary>
internal sealed class CacheObservers
{
    /// <summary>What events come from, for their handlers.</summary>
    public object? Sender { get; set; }

    public event EventHandler<CacheRead>? Read;

    public event EventHandler<CacheInvalidation>? Invalidated;

    /// <summary>Whether somebody hears of invalidations.</summary>
    public bool HearInvalidations => Invalidated is not null;

    /// <param name="region">The region's name.</param>
    /// <param name="kind">What was looked up.</param>
    /// <param name="reason">Why it was a miss; none for a hit.</param>
    public void OnRead(string region, CachedKind kind, MissReason reason)
    {
        if (Read is { } handlers)
            Tell(handlers, new CacheRead(region, kind, reason));
    }

    public void OnInvalidated(CacheInvalidation invalidation)
    {
        if (Invalidated is { } handlers)
            Tell(handlers, invalidation);
    }

    private void Tell<T>(EventHandler<T> handlers, T what)
    {
        // One by one: what a handler throws is no reason that the next does not hear.
        foreach (var handler in Delegate.EnumerateInvocationList(handlers))
        {
            try
            {
                handler(Sender, what);
            }
#pragma warning disable CA1031 // It is the user's, and the application is not to be disturbed by it.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Log.HandlerFailed(exception);
            }
        }
    }
}
