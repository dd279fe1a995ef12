using System.Data;
using Npgsql;

namespace NHibernate.Caches.Granular.Tests.Values.Catalogs;

/// <summary>
/// Forms against the database's own word. One value is stored as NHibernate would store it, the other is compared with the column
/// as NHibernate would compare it: whenever the database says they are equal, their forms are equal or one of them has none.
/// And in the other direction, what makes "unchanged" safe: two values that were stored with one form read the same.
/// </summary>
public sealed class FormsAgreeWithDatabaseTests : CatalogFixture
{
    // West of Greenwich, a midnight in UTC belongs to the date before.
    protected override string Script =>
        """
        create extension if not exists citext;
        create collation folding (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
        create collation german (provider = icu, locale = 'de', deterministic = true);
        create domain fixed as char(3);
        create table probe(
            id int primary key, c_int2 int2, c_int4 int4, c_int8 int8, c_oid oid, c_bool bool, c_uuid uuid, c_date date, c_text text, c_varchar3 varchar(3), c_char3 char(3),
            c_bpchar bpchar, c_german text collate german, c_fixed fixed, c_folding text collate folding, c_citext citext, c_numeric numeric, c_double float8, c_timestamp timestamp, c_timestamptz timestamptz);
        insert into probe values (1);
        set time zone 'America/New_York';
        """;

    private static readonly object[] s_numbers =
    [
        0, -0.0, 0m, 1, 1L, 1m, 1.0m, 1.00m, 1d, 1f, 1.4, 1.5m, -1, (short)1, 32767, 32768, int.MaxValue, (long)int.MaxValue + 1, 4294967295L, 16777217, 16777217f, 1L << 53, (1L << 53) + 1,
        (double)(1L << 53), 9007199254740993m, (double)((1L << 53) + 2), long.MaxValue, (double)long.MaxValue, 9223372036854775807m,
    ];

    private static readonly object[] s_texts =
    [
        "", " ", "a", "A", "a ", "a  ", "a    ", " a", "\u00e1", "a\u0301", "\u00c1", "abc", "abcd", "abc ", "ab\t", "ss", "\u00df", "null", "NULL", "\U0001F600", "\u0130", "i", "\ufffd", 'a', 'Y', "Y",
    ];

    private static readonly object[] s_dates =
    [
        new DateOnly(2020, 1, 2), new DateTime(2020, 1, 2), new DateTime(2020, 1, 2, 0, 0, 0, DateTimeKind.Local), new DateTime(2020, 1, 2, 0, 0, 0, DateTimeKind.Utc),
        new DateTime(2020, 1, 2, 5, 0, 0, DateTimeKind.Utc), new DateTime(2020, 1, 1, 23, 0, 0), new DateTime(2020, 1, 1), new DateOnly(2020, 1, 1), DateOnly.MinValue, DateOnly.MaxValue,
        DateTime.MinValue, new DateTime(9999, 12, 31), new DateTimeOffset(2020, 1, 1, 23, 0, 0, TimeSpan.Zero), new DateOnly(1, 1, 2),
    ];

    /// <summary>Text that a user's own type declares as <c>char(n)</c>.</summary>
    private sealed record Padded(string Text);

    private static readonly object[] s_others =
    [
        true, false, Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e"), Guid.Empty, new Padded("a"), new Padded("a "), new Padded("abc "),
    ];

    private static readonly object[] s_all = [.. s_numbers, .. s_texts, .. s_dates, .. s_others];

    /// <summary>Parameter types that the database does not compare with, or convert to, a column's: no need to ask for each value.</summary>
    private readonly HashSet<(string Sql, NpgsqlTypes.NpgsqlDbType)> _refused = [];

    private static readonly string[] s_columns =
    [
        "c_int2", "c_int4", "c_int8", "c_oid", "c_bool", "c_uuid", "c_date", "c_text", "c_varchar3", "c_char3", "c_bpchar", "c_german", "c_fixed", "c_folding", "c_citext", "c_numeric", "c_double",
        "c_timestamp", "c_timestamptz",
    ];

    [TestCaseSource(nameof(s_columns))]
    public async Task What_the_database_calls_equal_has_equal_forms_or_none(string column)
    {
        var form = Column("probe", column).Form;
        var equal = 0;
        foreach (var stored in s_all)
        {
            if (!await StoreAsync(column, stored))
                continue;
            var storedForm = form.Convert(Parameter(stored));
            foreach (var compared in s_all)
            {
                if (await IsEqualAsync(column, compared) != true)
                    continue;
                equal++;
                var comparedForm = form.Convert(Parameter(compared));
                Assert.That(
                    storedForm is null || comparedForm is null || storedForm == comparedForm, Is.True,
                    $"{column}: {Describe(stored)} is equal to {Describe(compared)}, but {storedForm} is not {comparedForm}.");
            }
        }
        Assert.That(equal, Is.GreaterThan(0), "something was compared");
    }

    [TestCaseSource(nameof(s_columns))]
    public async Task What_was_stored_with_one_form_reads_the_same(string column)
    {
        var form = Column("probe", column).Form;
        var read = new Dictionary<Granular.Stamps.ColumnValue, string>();
        var stored = 0;
        foreach (var value in s_all)
        {
            if (!await StoreAsync(column, value))
                continue;
            stored++;
            if (form.Convert(Parameter(value)) is not { } valueForm)
                continue;
            var text = await ReadAsync(column);
            Assert.That(read.TryAdd(valueForm, text) || read[valueForm] == text, Is.True, $"{column}: {Describe(value)} reads '{text}', another of its form '{read[valueForm]}'.");
        }
        Assert.That(stored, Is.GreaterThan(0), "something was stored");
    }

    private static readonly (string Column, string[] Literals)[] s_literals =
    [
        ("c_int4", ["'1'", "1", "'01'", "01", "' 1'", "'+1'", "'-0'", "0", "-1", "1.0", "1e0", "'2147483647'"]),
        ("c_int8", ["9007199254740993", "9007199254740992", "'9007199254740993'", "9007199254740993.0"]),
        ("c_oid", ["'-1'", "'4294967295'", "4294967295", "1"]),
        ("c_bool", ["true", "'true'", "'t'", "'TRUE'", "' yes '", "'on'", "'1'", "'0'", "false", "'f'", "'no'"]),
        ("c_uuid", ["'0f8fad5b-d9cb-469f-a165-70867728950e'", "'0F8FAD5BD9CB469FA16570867728950E'", "'{0f8fad5b-d9cb-469f-a165-70867728950e}'", "'0f8f-ad5bd9cb469fa16570867728950e'"]),
        ("c_date", ["'2020-01-02'", "'2020-1-2'", "'20200102'", "'January 2, 2020'", "'2020-01-02 00:00'", "'0001-01-01'", "'-infinity'", "'infinity'", "'9999-12-31'", "timestamp '2020-01-02'"]),
        ("c_text", ["'a'", "'A'", "'a '", "''", "'null'"]),
        ("c_varchar3", ["'a'", "'a '", "'abcd'", "'abc '"]),
        ("c_char3", ["'a'", "'a '", "'a   '", "'abc'", "'abcd'"]),
        ("c_bpchar", ["'a'", "'a '", "'a   '"]),
    ];

    [TestCaseSource(nameof(s_literals))]
    public async Task Literals_and_parameters_meet_in_one_form((string Column, string[] Literals) testCase)
    {
        var (column, literals) = testCase;
        var form = Column("probe", column).Form;
        var equal = 0;
        foreach (var value in s_all.Concat(literals.Select(l => new Literal(l))))
        {
            if (!await StoreAsync(column, value))
                continue;
            var stored = value is Literal written ? form.ConvertLiteral(written.Content) : form.Convert(Parameter(value));
            foreach (var literal in literals.Select(l => new Literal(l)))
            {
                if (await IsEqualAsync(column, literal) != true)
                    continue;
                equal++;
                var compared = form.ConvertLiteral(literal.Content);
                Assert.That(stored is null || compared is null || stored == compared, Is.True, $"{column}: {Describe(value)} ({stored}) is equal to {literal.Sql} ({compared}).");
            }
        }
        Assert.That(equal, Is.GreaterThan(literals.Length / 2), "something was compared");
    }

    private sealed record Literal(string Sql)
    {
        public string Content => Sql.StartsWith('\'') ? Sql[1..^1] : Sql;
    }

    // As NHibernate's types declare them, and its driver for Npgsql adjusts them.
    private static NpgsqlParameter Parameter(object value) => value is Padded padded ? new NpgsqlParameter("p", NpgsqlTypes.NpgsqlDbType.Char) { Value = padded.Text } : new()
    {
        ParameterName = "p",
        DbType = value switch
        {
            char => DbType.StringFixedLength,
            string => DbType.String,
            bool => DbType.Boolean,
            Guid => DbType.Guid,
            DateOnly => DbType.Date,
            DateTime { Kind: DateTimeKind.Utc } => DbType.DateTime,
            DateTime => DbType.DateTime2,
            DateTimeOffset => DbType.DateTimeOffset,
            short => DbType.Int16,
            int => DbType.Int32,
            long => DbType.Int64,
            float => DbType.Single,
            double => DbType.Double,
            _ => DbType.Decimal,
        },
        Value = value,
    };

    /// <returns>False when the database refuses the value for that column.</returns>
    private async Task<bool> StoreAsync(string column, object value) => await TryAsync($"update probe set {column} = {{0}}", value, async c => await c.ExecuteNonQueryAsync() == 1) == true;

    private Task<bool?> IsEqualAsync(string column, object value) => TryAsync($"select {column} = {{0}} from probe", value, async c => await c.ExecuteScalarAsync() as bool?);

    private async Task<string> ReadAsync(string column)
    {
#pragma warning disable CA2100 // A column of this fixture.
        await using var command = new NpgsqlCommand($"select to_json({column})::text from probe", Connection);
#pragma warning restore CA2100
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private async Task<bool?> TryAsync(string sql, object value, Func<NpgsqlCommand, Task<bool?>> run)
    {
#pragma warning disable CA2100 // Columns and literals of this fixture.
        await using var command = new NpgsqlCommand(string.Format(CultureInfo.InvariantCulture, sql, value is Literal literal ? literal.Sql : "@p"), Connection);
#pragma warning restore CA2100
        var parameter = value is Literal ? null : Parameter(value);
        if (parameter is not null && _refused.Contains((sql, parameter.NpgsqlDbType)))
            return null;
        if (parameter is not null)
            command.Parameters.Add(parameter);
        try
        {
            return await run(command);
        }
        catch (PostgresException exception) when (parameter is not null && exception.SqlState is (PostgresErrorCodes.UndefinedFunction or PostgresErrorCodes.DatatypeMismatch))
        {
            _refused.Add((sql, parameter!.NpgsqlDbType));
            return null;
        }
        catch (Exception exception) when (exception is PostgresException or InvalidCastException or ArgumentException)
        {
            return null;
        }
    }

    private static string Describe(object value) => value is Literal literal ? literal.Sql : string.Create(CultureInfo.InvariantCulture, $"{value.GetType().Name} '{value}'");
}
