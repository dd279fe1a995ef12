using System.Data.Common;
using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Engine;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>
/// Takes the place of the database for queries that are looked at and not executed: NHibernate makes their commands, with filters, paging
/// and values, and is answered with no rows. Between the question to the query cache and the making of the command nothing else is made, so
/// it is by the former that a query's own command is known. What else is executed meanwhile, a proxy that a value needs or a query that is
/// never cacheable, is executed, and noted too. Not thread-safe: belongs to one session.
/// </summary>
internal sealed class QueryCapture
{
    private readonly List<CapturedQuery> _queries = [];
    private readonly Dictionary<DbCommand, CapturedLookUp?> _taken = [];
    private readonly bool _takesFirst;
    private CapturedLookUp? _expected;

    private QueryCapture(bool takesFirst) => (_takesFirst, IsExpecting) = (takesFirst, takesFirst);

    /// <summary>Whether the next command that is made is not to be executed.</summary>
    public bool IsExpecting { get; private set; }

    /// <summary>The commands of a query, in the order of their execution; a polymorphic query has several. Nothing is flushed.</summary>
    /// <param name="session">The query's session, which is left as it was.</param>
    /// <param name="watch">Its connection.</param>
    /// <param name="list">Lists the query.</param>
    /// <param name="takesFirst">
    /// Whether the query may be one that is not cacheable. Then it is the first command that is taken, so that listing it must not load
    /// anything else before: a session would hold for empty what has only not been read.
    /// </param>
    public static IReadOnlyList<CapturedQuery> Of(ISessionImplementor session, ConnectionWatch watch, System.Action list, bool takesFirst = false)
    {
        var capture = new QueryCapture(takesFirst);
        using var unflushed = new Unflushed(session);
        var cacheMode = session.CacheMode;
        // Stateless sessions ignore the cache, and cannot be told otherwise.
        var isFull = session is ISession;
        if (isFull)
            session.CacheMode = CacheMode.Get;
        watch.Capture = capture;
        try
        {
            list();
        }
        finally
        {
            watch.Capture = null;
            if (isFull)
                session.CacheMode = cacheMode;
        }
        return capture._queries;
    }

    /// <summary>NHibernate asks the query cache, and will make the query's command next.</summary>
    public void Expect(CapturedLookUp lookUp)
    {
        if (!_takesFirst)
            (_expected, IsExpecting) = (lookUp, true);
    }

    /// <summary>The command is about to be made. What is made after it is not what was expected: its values may have to be loaded.</summary>
    public DbCommand Take(Func<DbCommand> make)
    {
        var lookUp = _expected;
        (_expected, IsExpecting) = (null, false);
        var command = make();
        _taken.Add(command, lookUp);
        return command;
    }

    public bool Has(DbCommand command) => _taken.ContainsKey(command);

    /// <summary>Notes what is executed without having been announced.</summary>
    public void Note(DbCommand command) => _queries.Add(new CapturedQuery(command.CommandText, [.. command.Parameters.Cast<DbParameter>()], null));

    /// <summary>Notes the command as it would be sent.</summary>
    /// <returns>No rows.</returns>
    public DbDataReader Execute(DbCommand command)
    {
        _queries.Add(new CapturedQuery(command.CommandText, [.. command.Parameters.Cast<DbParameter>()], _taken[command]));
        return new NoRows();
    }

    public static void Close(DbCommand command, DbDataReader? reader)
    {
        reader?.Dispose();
        command.Dispose();
    }
}

/// <summary>One SELECT as NHibernate would send it. Thread-safe: immutable by convention.</summary>
/// <param name="Sql">Its text.</param>
/// <param name="Values">Its parameters in order.</param>
/// <param name="LookUp">How it asked the query cache before; null when it did not.</param>
internal sealed record CapturedQuery(string Sql, DbParameter[] Values, CapturedLookUp? LookUp);

/// <summary>A look-up that was not made. Thread-safe: immutable.</summary>
/// <param name="Key">Of the query's entry.</param>
/// <param name="Plan">Makes the plan of the entry, which may hold more, or less, than the SQL selects.</param>
/// <param name="Unseen">What the result depends on that the SQL of this plan does not show.</param>
internal sealed record CapturedLookUp(EntryKey Key, Func<string, QueryPlan> Plan, Func<QueryPlan, IEnumerable<TableId>> Unseen);
