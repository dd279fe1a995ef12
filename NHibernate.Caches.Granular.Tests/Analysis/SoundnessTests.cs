using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Tests.Values.Catalogs;
using NHibernate.Caches.Granular.Values;
using Npgsql;

namespace NHibernate.Caches.Granular.Tests.Analysis;

/// <summary>
/// The promise of the analysis, asked of PostgreSQL itself: a result that no statement's stamps concern is the same after the
/// statement. Random data, queries and changes from a seed; a failure names it, and <c>GRANULAR_TEST_SEED</c> repeats it.
/// </summary>
public sealed class SoundnessTests : CatalogFixture
{
    private const int Rounds = 8;
    private const int QueriesPerRound = 30;
    private const int ChangesPerRound = 15;

    private int _kept;
    private int _moved;

    protected override string Script => RandomStatements.Script;

    [Test]
    public async Task Kept_result_is_the_result_after_the_change()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("GRANULAR_TEST_SEED"), CultureInfo.InvariantCulture, out var given) ? given : Environment.TickCount;
        var rounds = int.TryParse(Environment.GetEnvironmentVariable("GRANULAR_TEST_ROUNDS"), CultureInfo.InvariantCulture, out var number) ? number : Rounds;
        for (var round = 0; round < rounds; round++)
            await RunRound(seed + round);
        await TestContext.Out.WriteLineAsync($"kept {_kept}, moved {_moved} of the results that changes did not concern or did");
        // Otherwise the test asserts little.
        Assert.That(_kept, Is.GreaterThan(_moved / 10));
    }

    private async Task RunRound(int seed)
    {
        var statements = new RandomStatements(new Random(seed));
        await ExecuteAsync("truncate p, q, r, child");
        foreach (var table in RandomStatements.Tables)
            await ExecuteAsync(statements.Rows(table));
        await ExecuteAsync("insert into child (id, p_id, a) select id, id, a from p");
        await using var transaction = await Connection.BeginTransactionAsync();
        var queries = new List<CachedQuery>();
        while (queries.Count < QueriesPerRound)
        {
            var sql = statements.Query(out var isOfEntities);
            var plan = QueryAnalyzer.Analyze(sql, Schema, AnalysisLimits.Default, !isOfEntities);
            Assert.That(plan.NotCacheable, Is.Null, $"{sql}\n{plan}");
            // What is always empty proves little.
            if (await Result(transaction, sql, isOfEntities) is { } result && (result.Length > 0 || queries.Count % 5 == 0))
                queries.Add(new CachedQuery(sql, isOfEntities, plan, plan.Bind([]), result));
        }
        for (var i = 0; i < ChangesPerRound; i++)
            await Check(transaction, statements.Change(), queries, seed);
        await transaction.RollbackAsync();
    }

    private async Task Check(NpgsqlTransaction transaction, string sql, List<CachedQuery> queries, int seed)
    {
        var change = DmlAnalyzer.Analyze(sql, Schema, AnalysisLimits.Default).Bind([]);
        Assert.That(change.MovesScope, Is.False, $"{sql}\n{string.Join('\n', change.Findings)}");
        var loaded = await Loaded(transaction, sql);
        // Of a query that does not read the table there is nothing to prove.
        var tables = change.Rows.Select(row => StampKey.Table(row.Table)).ToHashSet();
        await transaction.SaveAsync("change");
        if (await TryExecute(transaction, sql))
        {
            foreach (var query in queries.Where(query => query.Dependencies.Keys.Any(tables.Contains)))
            {
                var isMoved = ChangeCaseTests.Moves(change, query.Dependencies)
                    && (loaded is null || ChangeCaseTests.Moves(change with { Rows = [.. change.Rows.Select(row => row with { Loaded = loaded })] }, query.Dependencies, trustLoaded: true));
                _ = isMoved ? _moved++ : _kept++;
                if (!isMoved)
                    Assert.That(await Result(transaction, query.Sql, query.IsOfEntities), Is.EqualTo(query.Result),
                        $"seed {seed}: stale after\n{sql}\n{string.Join('\n', change.Rows)}\nquery\n{query.Sql}\n{query.Plan}");
            }
        }
        await transaction.RollbackAsync("change");
    }

    /// <summary>The row as a session that loaded it would remember it, when the statement names one row by its key alone.</summary>
    private async Task<LoadedState?> Loaded(NpgsqlTransaction transaction, string sql)
    {
        if (sql.Split(" where ") is not [var head, ['i', 'd', ' ', '=', ' ', var id]])
            return null;
        var table = Table(head.Split(' ').First(RandomStatements.Tables.Contains));
        await using var command = new NpgsqlCommand($"select * from {table.Id.Name} where id = {id}", Connection, transaction);
        await using var reader = await command.ExecuteReaderAsync();
        if (!await reader.ReadAsync())
            return null;
        var values = ImmutableDictionary.CreateBuilder<string, ColumnValue>(StringComparer.Ordinal);
        for (var i = 0; i < reader.FieldCount; i++)
        {
            if (table.Columns[reader.GetName(i)].Form.Convert(reader.GetValue(i)) is { } value)
                values[reader.GetName(i)] = value;
        }
        return new LoadedState(values.ToImmutable(), new Dependencies([], []), Sequence.None);
    }

    private async Task<bool> TryExecute(NpgsqlTransaction transaction, string sql)
    {
        try
        {
            await using var command = new NpgsqlCommand(sql, Connection, transaction);
            await command.ExecuteNonQueryAsync();
            return true;
        }
        catch (PostgresException)
        {
            return false;
        }
    }

    /// <summary>The rows in a fixed order, of entities their ids; null when the database refuses the query.</summary>
    private async Task<string?> Result(NpgsqlTransaction transaction, string sql, bool isOfEntities)
    {
        await transaction.SaveAsync("query");
        try
        {
            var rows = new List<string>();
            await using var command = new NpgsqlCommand(sql, Connection, transaction);
            await using (var reader = await command.ExecuteReaderAsync())
            {
                while (await reader.ReadAsync())
                    rows.Add(string.Join(", ", Enumerable.Range(0, reader.FieldCount).Where(i => !isOfEntities || reader.GetName(i) == "id").Select(i => reader.IsDBNull(i) ? "null" : $"{reader.GetValue(i)}")));
            }
            await transaction.ReleaseAsync("query");
            rows.Sort(StringComparer.Ordinal);
            return string.Join('\n', rows);
        }
        catch (PostgresException exception) when (exception.SqlState is not "42601")
        {
            await transaction.RollbackAsync("query");
            return null;
        }
    }

    private sealed record CachedQuery(string Sql, bool IsOfEntities, QueryPlan Plan, Dependencies Dependencies, string Result);
}
