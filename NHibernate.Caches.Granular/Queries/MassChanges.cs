using System.Linq.Expressions;
using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Engine;
using NHibernate.Linq;
using NHibernate.Persister.Entity;

namespace NHibernate.Caches.Granular.Queries;

/// <summary>Runs statements on many rows of LINQ so that the rows are told one by one. Thread-safe: stateless.</summary>
internal static class MassChanges
{
    public static int Run<T>(IQueryable<T> query, Func<IQueryable<T>, int> execute)
    {
        if (Begin(query) is not var (session, watch))
            return execute(query);
        using var transaction = OwnTransaction(session, watch);
        using var unflushed = UnflushedIn(transaction, session);
        try
        {
            var affected = execute(query);
            watch.MassChange = null;
            transaction?.Commit();
            return affected;
        }
        finally
        {
            watch.MassChange = null;
        }
    }

    public static async Task<int> RunAsync<T>(IQueryable<T> query, Func<IQueryable<T>, Task<int>> execute, CancellationToken cancellationToken)
    {
        if (Begin(query) is not var (session, watch))
            return await execute(query).ConfigureAwait(false);
        using var transaction = OwnTransaction(session, watch);
        using var unflushed = UnflushedIn(transaction, session);
        try
        {
            var affected = await execute(query).ConfigureAwait(false);
            watch.MassChange = null;
            if (transaction is not null)
                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return affected;
        }
        finally
        {
            watch.MassChange = null;
        }
    }

    /// <summary>Null when the statement is executed as it is, because nothing can be asked along with it.</summary>
    private static (ISessionImplementor Session, ConnectionWatch Watch)? Begin<T>(IQueryable<T> query)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (query.Provider is not ISupportFutureBatchNhQueryProvider { Session: { } session } || StatementWitness.WatchOf(session) is not { } watch)
            return null;
        if (EntityOf(typeof(T), session.Factory) is not { } entity || KeysOf(query, entity, session, watch) is not { } keys)
            return null;
        watch.MassChange = new MassChange(entity, keys, watch.Factory.Options.MaxChanges);
        return (session, watch);
    }

    /// <summary>The entity if it is one, and its rows live in one table.</summary>
    private static AbstractEntityPersister? EntityOf(System.Type type, ISessionFactoryImplementor factory) =>
        factory.GetImplementors(type.FullName!) is [var name] && factory.GetEntityPersister(name) is AbstractEntityPersister entity
            && entity.HasIdentifierProperty && FlushAction.Explains(entity)
            ? entity
            : null;

    /// <summary>The command that selects the keys of the query's rows; null when NHibernate makes none of it.</summary>
    private static CapturedQuery? KeysOf<T>(IQueryable<T> query, AbstractEntityPersister entity, ISessionImplementor session, ConnectionWatch watch)
    {
        try
        {
            var row = Expression.Parameter(typeof(T));
            var key = Expression.Lambda(Expression.Property(row, entity.IdentifierPropertyName), row);
            var keys = query.Provider.CreateQuery(Expression.Call(typeof(Queryable), nameof(Queryable.Select), [typeof(T), key.ReturnType], query.Expression, Expression.Quote(key)));
            var prepared = LinqQuery.Prepare(keys);
            return QueryCapture.Of(session, watch, () => prepared.List(), takesFirst: true) is [var one] ? one : null;
        }
#pragma warning disable CA1031 // Whatever it is that NHibernate cannot select, the statement will say so or not.
        catch (Exception)
#pragma warning restore CA1031
        {
            return null;
        }
    }

    // What else the session has changed in memory is not the statement's to write, nor to commit: outside of a transaction nothing is flushed of itself.
    private static Unflushed UnflushedIn(ITransaction? own, ISessionImplementor session) => own is null ? default : new Unflushed(session);

    // On a connection of its user's there may be a transaction of the user's own.
    private static ITransaction? OwnTransaction(ISessionImplementor session, ConnectionWatch watch) => session switch
    {
        _ when !watch.OwnsConnection || session.ConnectionManager.IsInActiveTransaction || System.Transactions.Transaction.Current is not null => null,
        ISession full => full.BeginTransaction(),
        IStatelessSession stateless => stateless.BeginTransaction(),
        _ => null,
    };
}
