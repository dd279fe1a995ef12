using System.Linq.Expressions;
using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Values;
using NHibernate.Engine;
using NHibernate.Persister.Entity;

namespace NHibernate.Caches.Granular.Queries;

/// <summary>
/// A condition on rows of a type, by which its user tells which of them have changed. NHibernate makes a query of it, and the analysis
/// of queries says what a row has that satisfies it; so it means what it means in a query. Thread-safe: immutable.
/// </summary>
internal sealed class RowCondition
{
    private static readonly ColumnValue[] s_booleans = [ColumnValue.Null, ColumnValue.Boolean(false), ColumnValue.Boolean(true)];

    private readonly ImmutableArray<AbstractEntityPersister> _persisters;
    private readonly ImmutableArray<string> _spaces;
    private readonly System.Type _type;

    // The type's query with the condition, and without; null when there is none.
    private readonly CapturedQuery? _query;
    private readonly string? _unconditional;

    private RowCondition(System.Type type, ISessionFactoryImplementor factory, CapturedQuery? query, string? unconditional)
    {
        (_type, _query, _unconditional) = (type, query, unconditional);
        _persisters = ToldChanges.PersistersOf(type, factory);
        _spaces = [.. _persisters.SelectMany(ToldChanges.EntitySpaces).Distinct(StringComparer.Ordinal)];
    }

    /// <param name="condition">The condition.</param>
    /// <param name="factory">The session factory.</param>
    /// <param name="invalidation">Provides a session if there is none.</param>
    /// <param name="session">A session of its user's, or null.</param>
    /// <exception cref="MappingException">The type is not mapped.</exception>
    public static RowCondition Of<T>(Expression<Func<T, bool>> condition, ISessionFactoryImplementor factory, UserInvalidation invalidation, ISession? session)
    {
        // A query of several classes that have no mapped one above them is several statements.
        var isOneStatement = factory.GetImplementors(typeof(T).FullName!).Length == 1;
        var own = isOneStatement ? invalidation.With(session, used => TakeCommands(condition, used, invalidation.WatchOf(used))) : null;
        return own ?? new RowCondition(typeof(T), factory, null, null);

        RowCondition? TakeCommands(Expression<Func<T, bool>> where, ISession used, ConnectionWatch watch)
        {
            var session = used.GetSessionImplementation();
            try
            {
                var (all, some) = (LinqQuery.Prepare(used.Query<T>()), LinqQuery.Prepare(used.Query<T>().Where(where)));
                return QueryCapture.Of(session, watch, () => all.List(), takesFirst: true) is [var unconditional]
                    && QueryCapture.Of(session, watch, () => some.List(), takesFirst: true) is [var query]
                    ? new RowCondition(typeof(T), factory, query, unconditional.Sql)
                    : null;
            }
#pragma warning disable CA1031 // Whatever it is that NHibernate cannot translate, more is invalidated.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Log.ConditionNotUnderstood(exception, typeof(T).Name);
                return null;
            }
        }
    }

    /// <summary>What has changed in a database when rows have changed that satisfy the condition.</summary>
    public StatementChange ChangeIn(DatabaseScope database)
    {
        var schema = database.Plans.Schema;
        var changes = new List<StatementChange>();
        foreach (var space in _spaces)
        {
            if (schema.FindSpace(space) is { } table && RowsOf(table, database.Plans) is { } rows)
                changes.Add(ToldChanges.OfRows(schema, table, rows));
            else
                changes.Add(ToldChanges.OfTables(schema, [space]));
        }
        var change = ToldChanges.Join(changes);
        if (_query is null || change.Rows.Any(row => row.Kind != ChangeKind.Table && row.Old.IsEmpty))
            CacheMetrics.Coarse([new CoarseFinding(CoarseReason.UnknownCondition, _type.Name)]);
        return change;
    }

    private IEnumerable<ImmutableDictionary<string, ColumnValue>>? RowsOf(TableInfo table, Plans plans)
    {
        if (_query is null || plans.OfQuery(_query.Sql, selectItemsCount: true).RowsOf(table.Id, _query.Values) is not { } rows)
            return null;
        IEnumerable<ImmutableDictionary<string, ColumnValue>> known = rows;
        foreach (var column in MappedConditions(table.Id, plans))
            known = known.SelectMany(row => Whatever(row, column));
        return known;
    }

    /// <summary>
    /// Columns that the mapping itself has a condition on (<c>where</c>, not the discriminator): a row that satisfies it need not have
    /// done so before, or do so still, as one does not that is marked as deleted.
    /// </summary>
    private IEnumerable<ColumnInfo> MappedConditions(TableId table, Plans plans)
    {
        var discriminators = _persisters.Select(persister => persister.DiscriminatorColumnName).OfType<string>().Select(Identifiers.Fold).ToHashSet(StringComparer.Ordinal);
        return plans.OfQuery(_unconditional!, selectItemsCount: true).Occurrences.Where(occurrence => occurrence.Table.Id == table)
            .SelectMany(occurrence => occurrence.Conjunctions).SelectMany(conjunction => conjunction.Terms).Select(term => term.Column)
            .DistinctBy(column => column.Name).Where(column => !discriminators.Contains(column.Name));
    }

    private static IEnumerable<ImmutableDictionary<string, ColumnValue>> Whatever(ImmutableDictionary<string, ColumnValue> row, ColumnInfo column) =>
        column.Form is BooleanForm ? s_booleans.Select(value => row.SetItem(column.Name, value)) : [row.Remove(column.Name)];
}
