using System.Data.Common;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Scopes;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>
/// What became of a change set, to be published. Publishing never throws and cannot be cancelled: whoever waits for it has
/// committed already. Not thread-safe: published once, by whoever completes the transaction.
/// </summary>
/// <param name="changes">The changes.</param>
/// <param name="proven">Whether the commit is known to have succeeded; anything else keeps the locks to their lease.</param>
/// <param name="isPatient">Whether it may be published with others.</param>
internal sealed class Outcome(ChangeSet changes, bool proven, bool isPatient = true)
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
            if (MustAnnounce)
                changes.Announce();
        }
        catch (Exception exception)
        {
            Log.AnnounceFailed(exception);
        }
        var (publishing, due) = Conclude();
        Publishing.RunAll(due);
        Close(publishing, due);
    }

    public async ValueTask PublishAsync()
    {
        try
        {
            if (MustAnnounce)
                await changes.AnnounceAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Log.AnnounceFailed(exception);
        }
        var (publishing, due) = Conclude();
        await Publishing.RunAllAsync(due).ConfigureAwait(false);
        Close(publishing, due);
    }

    /// <summary>Whether nobody was told before the commit. Then others may have changed since what was written.</summary>
    private bool MustAnnounce
    {
        get
        {
            if (changes.IsAnnounced)
                return false;
            changes.ForgetWritten();
            return true;
        }
    }

    /// <returns>What there is to publish of the changes, and what is to be published now.</returns>
    private (Publishing Own, IReadOnlyList<Publishing> Due) Conclude()
    {
        // Whoever coalesces is given what can wait, which is what is locked and was when it was committed.
        var mayWait = isPatient && proven && changes.IsLocked && changes.Scope.IsIdentified;
        var coalescing = mayWait ? changes.Scope.Factory.Coalescings.Current : null;
        if (coalescing is not null)
            changes.ForgetWritten();
        var own = changes.Conclude(proven);
        return (own, coalescing?.Keep(own) ?? [own]);
    }

    // Its rows are not uncommitted any more when others hear of them, so that they can read and cache them.
    private void Close(Publishing publishing, IReadOnlyList<Publishing> published)
    {
        if (proven)
            changes.CountWritten(publishing.Rejected);
        changes.Close();
        Publishing.TellAll(published);
        if (changes.Scope.Factory.Options.LogValues && Log.IsDebugEnabled)
            Log.ChangedValues(changes.ChangedValues.Select(change => change.ToString()));
    }
}
