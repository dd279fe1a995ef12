using System.Data;
using System.Data.Common;
using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>
/// Takes the place of the database for queries that are looked at and not executed: NHibernate makes their commands, with filters, paging
/// and values, and is answered with no rows. Between the question to the query cache and the command nothing else is executed, so it is by
/// the former that a query's own command is known. What else is executed meanwhile is executed, and noted too. Not thread-safe: belongs to one
/// session.
/// </summary>
internal sealed class QueryCapture
{
    private readonly List<CapturedQuery> _queries = [];
    private IReadOnlyCollection<TableId>? _expected;
    private DbCommand? _command;

    /// <summary>In the order of their execution; a polymorphic query is several.</summary>
    public IReadOnlyList<CapturedQuery> Queries => _queries;

    /// <summary>Whether the next command is that of a query which was announced.</summary>
    public bool IsExpecting => _expected is not null;

    /// <summary>NHibernate asks the query cache, and will execute the query next.</summary>
    /// <param name="alsoReads">Tables that its SQL need not show.</param>
    public void Expect(IReadOnlyCollection<TableId> alsoReads) => _expected = alsoReads;

    public void Prepared(DbCommand command) => _command = command;

    public bool Has(DbCommand command) => ReferenceEquals(command, _command);

    /// <summary>Notes what is executed without having been announced: a query that is never cacheable, or what an expression in a query reads.</summary>
    public void Note(DbCommand command) => Note(command, []);

    /// <summary>Notes the command as it would be sent.</summary>
    /// <returns>No rows.</returns>
    public DbDataReader Execute(DbCommand command)
    {
        Note(command, _expected!);
        _expected = null;
        using var nothing = new DataTable { Locale = CultureInfo.InvariantCulture };
        return nothing.CreateDataReader();
    }

    public static void Close(DbCommand command, DbDataReader? reader)
    {
        reader?.Dispose();
        command.Dispose();
    }

    private void Note(DbCommand command, IReadOnlyCollection<TableId> alsoReads) =>
        _queries.Add(new CapturedQuery(command.CommandText, [.. command.Parameters.Cast<DbParameter>()], alsoReads));
}

/// <summary>One SELECT as NHibernate would send it. Thread-safe: immutable by convention.</summary>
/// <param name="Sql">Its text.</param>
/// <param name="Values">Its parameters in order.</param>
/// <param name="AlsoReads">Tables that it need not show, by the mapping or by its user.</param>
internal sealed record CapturedQuery(string Sql, DbParameter[] Values, IReadOnlyCollection<TableId> AlsoReads);
