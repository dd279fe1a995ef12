using System.Data.Common;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Scopes;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>
/// What became of a change set, to be published. Publishing never throws and cannot be cancelled: whoever waits for it has
/// committed already. Not thread-safe: published once, by whoever completes the transaction.
/// </summary>
internal sealed class Outcome
{
    private readonly ChangeSet? _changes;
    private readonly bool _proven;
    private readonly Publishing? _others;

    /// <param name="changes">The changes.</param>
    /// <param name="proven">Whether the commit is known to have succeeded; anything else keeps the locks to their lease.</param>
    public Outcome(ChangeSet changes, bool proven) => (_changes, _proven) = (changes, proven);

    /// <param name="others">What waited for a change set that has nothing to publish itself.</param>
    public Outcome(Publishing others) => _others = others;

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
                _changes!.Announce();
        }
        catch (Exception exception)
        {
            Log.AnnounceFailed(exception);
        }
        var publishing = _changes is null ? _others : _changes.Conclude(_proven);
        publishing?.Run();
        Close(publishing);
    }

    public async ValueTask PublishAsync()
    {
        try
        {
            if (MustAnnounce)
                await _changes!.AnnounceAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Log.AnnounceFailed(exception);
        }
        var publishing = _changes is null ? _others : _changes.Conclude(_proven);
        if (publishing is not null)
            await publishing.RunAsync().ConfigureAwait(false);
        Close(publishing);
    }

    /// <summary>Whether nobody was told before the commit. Then others may have changed since what was written.</summary>
    private bool MustAnnounce
    {
        get
        {
            if (_changes is not { IsAnnounced: false })
                return false;
            _changes.ForgetWritten();
            return true;
        }
    }

    private void Close(Publishing? published)
    {
        if (_proven)
            _changes?.CountWritten(published?.Rejected ?? []);
        _changes?.Close();
        published?.Tell();
        if (_changes is not null && _changes.Scope.Factory.Options.LogValues && Log.IsDebugEnabled)
            Log.ChangedValues(_changes.ChangedValues.Select(change => change.ToString()));
    }
}
