using System.Runtime.ExceptionServices;
using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.MultiTenancy;
using NHibernate.Proxy;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>
/// Has changes invalidated that NHibernate did not make: announced and published at once, as though a transaction of its own had made and
/// committed them. What it needs to know of values it asks a session for, which is never connected. Thread-safe.
/// </summary>
/// <param name="factory">Whose databases they may be in.</param>
internal sealed class UserInvalidation(FactoryScope factory)
{
    /// <summary>Invalidates in every database that is concerned, also when one of them refuses.</summary>
    /// <param name="session">Names the database; null for all that the factory has met.</param>
    /// <param name="changeIn">What changed in a database.</param>
    public void Run(ISession? session, Func<DatabaseScope, StatementChange> changeIn)
    {
        ExceptionDispatchInfo? refused = null;
        foreach (var database in DatabasesOf(session))
        {
            var changes = Record(database, changeIn);
            try
            {
                changes.Announce();
                new Outcome(changes, proven: true, isPatient: false).Publish();
            }
#pragma warning disable CA1031 // It is thrown when the others have been told.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                changes.Close();
                refused ??= ExceptionDispatchInfo.Capture(exception);
            }
        }
        refused?.Throw();
    }

    /// <inheritdoc cref="Run"/>
    public async Task RunAsync(ISession? session, Func<DatabaseScope, StatementChange> changeIn, CancellationToken cancellationToken)
    {
        ExceptionDispatchInfo? refused = null;
        foreach (var database in DatabasesOf(session))
        {
            var changes = Record(database, changeIn);
            try
            {
                await changes.AnnounceAsync(cancellationToken).ConfigureAwait(false);
                await new Outcome(changes, proven: true, isPatient: false).PublishAsync().ConfigureAwait(false);
            }
#pragma warning disable CA1031 // It is thrown when the others have been told.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                changes.Close();
                refused ??= ExceptionDispatchInfo.Capture(exception);
            }
        }
        refused?.Throw();
    }

    /// <summary>What has changed in a database when an entity has. Where no session can tell who it is, all of its type.</summary>
    public Func<DatabaseScope, StatementChange> OfEntity(object entity, ISession? session)
    {
        ArgumentNullException.ThrowIfNull(entity);
        return database => With(session, used => ToldChanges.OfEntity(database.Plans.Schema, entity, used.GetSessionImplementation()))
            ?? OfType(NHibernateProxyHelper.GetClassWithoutInitializingProxy(entity))(database);
    }

    /// <summary>What has changed in a database when rows of a type have.</summary>
    public Func<DatabaseScope, StatementChange> OfType(System.Type type)
    {
        var spaces = ToldChanges.SpacesOf(type, factory.Factory);
        return database => ToldChanges.OfTables(database.Plans.Schema, spaces);
    }

    /// <summary>The databases to tell: the session's, or all that the factory has met.</summary>
    public IReadOnlyCollection<DatabaseScope> DatabasesOf(ISession? session) =>
        session is null ? factory.MeetDatabases() : [WatchOf(session).Scope ?? factory.Unidentified];

    /// <summary>Runs something with the session, or with one that is made for it; null when none can be made because they need a tenant.</summary>
    public T? With<T>(ISession? session, Func<ISession, T?> use)
        where T : class
    {
        if (session is not null)
            return use(session);
        if (factory.Factory.Settings.MultiTenancyStrategy != MultiTenancyStrategy.None)
            return null;
        using var own = factory.Factory.WithOptions().AutoJoinTransaction(false).FlushMode(FlushMode.Manual).OpenSession();
        return use(own);
    }

    /// <summary>The watch over the session's connection.</summary>
    /// <exception cref="ArgumentException">The session is of another factory.</exception>
    public ConnectionWatch WatchOf(ISession session) =>
        StatementWitness.WatchOf(session.GetSessionImplementation()) is { } watch && ReferenceEquals(watch.Factory, factory)
            ? watch
            : throw new ArgumentException("The session is of another session factory.", nameof(session));

    private ChangeSet Record(DatabaseScope database, Func<DatabaseScope, StatementChange> changeIn)
    {
        var changes = new ChangeSet(database, factory.Options);
        changes.Record(changeIn(database), null, null, 1, null);
        return changes;
    }
}
