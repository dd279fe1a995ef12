using NHibernate.Caches.Granular.Scopes;

namespace NHibernate.Caches.Granular.Queries;

/// <summary>
/// Catches a query at the moment NHibernate asks the cache, and stops it there: nothing is executed.
/// Not thread-safe: belongs to one session.
/// </summary>
internal sealed class Explaining
{
    public ExplainedQuery? Query { get; private set; }

    /// <exception cref="Stop">Always, to be caught by whoever asked for the explanation.</exception>
    public void Explain(ExplainedQuery query)
    {
        Query = query;
        throw new Stop();
    }

#pragma warning disable CA1064, CA1032 // It never leaves the library: it only unwinds NHibernate's call.
    public sealed class Stop : Exception;
#pragma warning restore CA1064, CA1032
}
