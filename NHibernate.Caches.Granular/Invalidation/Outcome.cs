using System.Data.Common;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>
/// What became of a change set, to be published. Publishing never throws and cannot be cancelled: whoever waits for it has
/// committed already. Not thread-safe: published once, by whoever completes the transaction.
/// </summary>
/// <param name="changes">The changes.</param>
/// <param name="proven">Whether the commit is known to have succeeded; anything else keeps the locks to their lease.</param>
internal sealed class Outcome(ChangeSet changes, bool proven)
{
    /// <summary>
    /// Whether a statement that failed outside a transaction has certainly changed nothing: the server answered, and not that it
    /// is going away. A statement whose answer was lost may be committed.
    /// </summary>
    public static bool IsKnown(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            // Classes of SQLSTATE: 08 connection, 57 operator intervention, 58 system error, XX internal error.
            if (cause is DbException { SqlState: { Length: 5 } state })
                return state[..2] is not ("08" or "57" or "58" or "XX");
        }
        return false;
    }

    public void Publish()
    {
        try
        {
            if (!changes.IsAnnounced)
                changes.Announce();
        }
        catch (Exception exception)
        {
            Log.AnnounceFailed(exception);
        }
        var before = changes.Scope.Store.Current;
        using var step = InvalidationStep.Publishing();
        try
        {
            changes.Scope.Store.Publish(Publication(step));
        }
        catch (Exception exception)
        {
            step.Failed(exception);
            Log.PublishFailed(exception);
        }
        finally
        {
            Close(before);
        }
    }

    public async ValueTask PublishAsync()
    {
        try
        {
            if (!changes.IsAnnounced)
                await changes.AnnounceAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Log.AnnounceFailed(exception);
        }
        var before = changes.Scope.Store.Current;
        using var step = InvalidationStep.Publishing();
        try
        {
            await changes.Scope.Store.PublishAsync(Publication(step)).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            step.Failed(exception);
            Log.PublishFailed(exception);
        }
        finally
        {
            Close(before);
        }
    }

    private void Close(Sequence before)
    {
        changes.Close();
        changes.Scope.Invalidated(changes.Published(proven, before));
        if (changes.Scope.Factory.Options.LogValues && Log.IsDebugEnabled)
            Log.ChangedValues(changes.ChangedValues.Select(change => change.ToString()));
    }

    private Stores.Publication Publication(InvalidationStep step)
    {
        var publication = changes.Publication(proven);
        step.Proven(proven);
        step.Stamps(publication.Keys.Count);
        CacheMetrics.Publish(proven, publication.Keys.Count);
        return publication;
    }
}
