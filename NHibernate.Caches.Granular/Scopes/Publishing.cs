using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Scopes;

/// <summary>
/// What is about to be published of one transaction. Publishing never throws and cannot be cancelled: whoever waits for it has committed already.
/// Not thread-safe: published once.
/// </summary>
/// <param name="database">Where.</param>
/// <param name="publication">The stamps that move.</param>
/// <param name="tables">What was done to which table, for those who want to know; none for everything.</param>
/// <param name="stamps">The stamps, with what moves them.</param>
/// <param name="lockedAt">When they were locked, on the factory's clock.</param>
internal sealed class Publishing(DatabaseScope database, Publication publication, ImmutableArray<ChangedTable> tables, MovedStamps stamps, long lockedAt)
{
    private Sequence _before;

    /// <summary>Why each written state was not stored.</summary>
    public ImmutableArray<RejectedPutReason> Rejected { get; private set; } = publication.NothingWritten;

    /// <summary>Whether the lease of the locks is half over.</summary>
    public bool IsAgeing => database.Factory.Clock.GetElapsedTime(lockedAt) > database.Factory.Options.Lease / 2;

    /// <summary>Publishes all of them at once, so that one waits as long as for the slowest.</summary>
    public static void RunAll(IReadOnlyList<Publishing> publishings)
    {
        if (publishings is [var one])
            one.Run();
        else
            Task.WhenAll(publishings.Select(publishing => publishing.RunAsync().AsTask())).GetAwaiter().GetResult();
    }

    /// <inheritdoc cref="RunAll"/>
    public static async ValueTask RunAllAsync(IReadOnlyList<Publishing> publishings)
    {
        if (publishings is [var one])
            await one.RunAsync().ConfigureAwait(false);
        else
            await Task.WhenAll(publishings.Select(publishing => publishing.RunAsync().AsTask())).ConfigureAwait(false);
    }

    /// <summary>Remembers all of them, and tells those who want to know.</summary>
    public static void TellAll(IReadOnlyList<Publishing> publishings)
    {
        foreach (var publishing in publishings)
            publishing.Tell();
    }

    private void Run()
    {
        using var step = Begin();
        try
        {
            Rejected = database.Store.Publish(publication);
        }
        catch (Exception exception)
        {
            Failed(step, exception);
        }
    }

    private async ValueTask RunAsync()
    {
        using var step = Begin();
        try
        {
            Rejected = await database.Store.PublishAsync(publication).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Failed(step, exception);
        }
    }

    // Remembered, for those who ask later.
    private void Tell() => database.Invalidated(RecentChange.Of(_before, tables, stamps, publication.Proven, database.Factory.Clock.GetUtcNow()));

    private InvalidationStep Begin()
    {
        _before = database.Store.Current;
        var step = InvalidationStep.Publishing();
        step.Proven(publication.Proven);
        step.Stamps(publication.Keys.Count);
        CacheMetrics.Publish(publication.Proven, publication.Keys.Count);
        return step;
    }

    private static void Failed(InvalidationStep step, Exception exception)
    {
        step.Failed(exception);
        Log.PublishFailed(exception);
    }
}
