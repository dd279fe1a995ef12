using NHibernate.Caches.Granular.Diagnostics;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>
/// What became of a change set, to be published. Publishing never throws and cannot be cancelled: whoever waits for it has
/// committed already. Not thread-safe: published once, by whoever completes the transaction.
/// </summary>
/// <param name="changes">The changes.</param>
/// <param name="proven">Whether the commit is known to have succeeded; anything else keeps the locks to their lease.</param>
internal sealed class Outcome(ChangeSet changes, bool proven)
{
    public void Publish()
    {
        try
        {
            if (!changes.IsAnnounced)
                changes.Announce();
            changes.Scope.Store.Publish(Publication());
        }
        catch (Exception exception)
        {
            Log.PublishFailed(exception);
        }
        finally
        {
            changes.Close();
        }
    }

    public async ValueTask PublishAsync()
    {
        try
        {
            if (!changes.IsAnnounced)
                await changes.AnnounceAsync(CancellationToken.None).ConfigureAwait(false);
            await changes.Scope.Store.PublishAsync(Publication()).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Log.PublishFailed(exception);
        }
        finally
        {
            changes.Close();
        }
    }

    private Stores.Publication Publication()
    {
        var publication = changes.Publication(proven);
        CacheMetrics.Publish(proven, publication.Keys.Count);
        return publication;
    }
}
