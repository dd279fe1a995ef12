using System.Data;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Transaction;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>Whether a connection is in a state in which its sessions may use the cache (I2, I8). Thread-safe: stateless.</summary>
internal static class ConnectionGate
{
    /// <summary>What the connection's state allows, whatever the query: the reason of a bypass, and the sequence of its snapshot.</summary>
    public static (BypassReason Bypass, Sequence? AsOf) Decide(ConnectionWatch watch)
    {
        if (watch.SessionChanged)
            return (BypassReason.SessionChanged, null);
        if (watch.Ambient is { } ambient)
            return Judge(ambient.Isolation, watch);
        if (watch.ActiveTransaction is { } transaction)
            return transaction is AdoTransaction ado ? Judge(ado.IsolationLevel, watch) : (BypassReason.UnsafeIsolation, null);
        if (watch.MayBeEnlisted || System.Transactions.Transaction.Current is not null)
            return (BypassReason.AmbientNotJoined, null);
        return (watch.OwnsConnection ? BypassReason.None : BypassReason.SuppliedConnection, null);
    }

    private static (BypassReason, Sequence?) Judge(System.Transactions.IsolationLevel level, ConnectionWatch watch) => level switch
    {
        System.Transactions.IsolationLevel.ReadCommitted => (BypassReason.None, null),
        System.Transactions.IsolationLevel.RepeatableRead or System.Transactions.IsolationLevel.Snapshot => Snapshot(watch),
        System.Transactions.IsolationLevel.Serializable => Serializable(watch),
        _ => (BypassReason.UnsafeIsolation, null),
    };

    private static (BypassReason, Sequence?) Judge(IsolationLevel level, ConnectionWatch watch) => level switch
    {
        IsolationLevel.ReadCommitted => (BypassReason.None, null),
        IsolationLevel.RepeatableRead or IsolationLevel.Snapshot => Snapshot(watch),
        IsolationLevel.Serializable => Serializable(watch),
        _ => (BypassReason.UnsafeIsolation, null),
    };

    private static (BypassReason, Sequence?) Snapshot(ConnectionWatch watch) =>
        watch.HasExecuted ? (BypassReason.None, watch.OpenedAt) : (BypassReason.SnapshotNotTaken, null);

    private static (BypassReason, Sequence?) Serializable(ConnectionWatch watch)
    {
        if (watch.Factory.Options.Serializable == SerializableTransactions.Read)
            return Snapshot(watch);
        watch.Factory.SerializableBypassed();
        return (BypassReason.Serializable, null);
    }
}
