using System.Collections.Concurrent;
using System.Transactions;
using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>
/// One ambient transaction and the connections that joined it. It announces when the transaction is prepared and publishes when
/// it has completed, which is after every connection has. Thread-safe.
/// </summary>
internal sealed class AmbientTransaction : IEnlistmentNotification
{
    private static readonly ConcurrentDictionary<string, AmbientTransaction> s_open = new(StringComparer.Ordinal);

    private readonly ConcurrentQueue<ConnectionWatch> _members = new();

    private readonly string _identifier;

    private AmbientTransaction(string identifier, Sequence openedAt, IsolationLevel isolation) =>
        (_identifier, OpenedAt, Isolation) = (identifier, openedAt, isolation);

    /// <summary>A sequence from before the first connection joined.</summary>
    public Sequence OpenedAt { get; }

    public IsolationLevel Isolation { get; }

    /// <summary>COMMIT is about to be sent: what is flushed from now on is announced at once.</summary>
    public bool IsPreparing { get; private set; }

    /// <summary>Makes the connection a member of the transaction.</summary>
    /// <param name="transaction">The ambient transaction NHibernate has just joined.</param>
    /// <param name="watch">The connection.</param>
    /// <param name="before">A sequence from before NHibernate joined.</param>
    public static void Join(System.Transactions.Transaction transaction, ConnectionWatch watch, Sequence before)
    {
        var identifier = transaction.TransactionInformation.LocalIdentifier;
        if (watch.Ambient is { } former)
        {
            if (former._identifier == identifier)
                return;
            // NHibernate has heard of the former one's end before we have. Its outcome is not known here.
            watch.AmbientCompleted(former, committed: false)?.Publish();
        }
        var ambient = s_open.GetOrAdd(identifier, _ => Open(transaction, before));
        ambient._members.Enqueue(watch);
        watch.Joined(ambient);
    }

    public bool HasChanges => _members.Any(member => member.HasOwnChanges);

    public bool HasUncommitted(Func<QueryPlan> plan) => _members.Any(member => member.HasOwnUncommitted(plan));

    public bool HasUncommitted(TableId table) => _members.Any(member => member.HasOwnUncommitted(table));

    // NHibernate flushes in its own Prepare, which comes before ours because it enlisted first. Preparing early (and not as an
    // ordinary participant) leaves the database alone in the commit, which so needs no second phase.
    public void Prepare(PreparingEnlistment preparingEnlistment)
    {
        IsPreparing = true;
        try
        {
            foreach (var member in _members)
                member.BeforeCommit()?.Announce();
        }
        catch (Exception exception)
        {
            // Thrown from here it would leave the transaction neither committed nor rolled back.
            Log.AnnounceFailed(exception);
            preparingEnlistment.ForceRollback(exception);
            return;
        }
        preparingEnlistment.Prepared();
    }

    public void Commit(Enlistment enlistment) => enlistment.Done();

    public void Rollback(Enlistment enlistment) => enlistment.Done();

    public void InDoubt(Enlistment enlistment) => enlistment.Done();

    private static AmbientTransaction Open(System.Transactions.Transaction transaction, Sequence before)
    {
        var identifier = transaction.TransactionInformation.LocalIdentifier;
        var ambient = new AmbientTransaction(identifier, before, transaction.IsolationLevel);
        transaction.EnlistVolatile(ambient, EnlistmentOptions.EnlistDuringPrepareRequired);
        transaction.TransactionCompleted += (_, completed) =>
        {
            s_open.TryRemove(identifier, out var _);
            ambient.Completed(completed.Transaction?.TransactionInformation.Status == TransactionStatus.Committed);
        };
        return ambient;
    }

    private void Completed(bool committed)
    {
        foreach (var member in _members)
            member.AmbientCompleted(this, committed)?.Publish();
    }
}
