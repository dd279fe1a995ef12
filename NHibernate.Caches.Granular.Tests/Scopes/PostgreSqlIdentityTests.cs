using NHibernate.Caches.Granular.Scopes;
using Npgsql;

namespace NHibernate.Caches.Granular.Tests.Scopes;

public sealed class PostgreSqlIdentityTests
{
    private string _first = null!;
    private string _second = null!;

    [OneTimeSetUp]
    public async Task CreateDatabases()
    {
        _first = await TestDatabase.CreateAsync("identity_first");
        _second = await TestDatabase.CreateAsync("identity_second");
    }

    [Test]
    public void One_database_has_one_name_however_its_host_is_spelled()
    {
        var elsewhere = new NpgsqlConnectionStringBuilder(_first);
        elsewhere.Host = elsewhere.Host == "127.0.0.1" ? "localhost" : elsewhere.Host;
        var identity = Read(_first);
        Assert.That(Read(elsewhere.ConnectionString), Is.EqualTo(identity));
        Assert.That(identity.IsCertain, Is.True);
        Assert.That(identity.IsStandby, Is.False);
        Assert.That(identity.Timeline, Has.Length.EqualTo(8));
    }

    [Test]
    public void Two_databases_of_one_server_have_two_names() => Assert.That(Read(_first).Database, Is.Not.EqualTo(Read(_second).Database));

    [Test]
    public void Search_path_and_role_make_another_view_of_the_same_database()
    {
        var plain = Read(_first);
        var path = Read(_first, "create schema if not exists tenant; set search_path = tenant");
        var role = Read(_first, "drop role if exists granular_reader; create role granular_reader; set role granular_reader");
        Assert.That(new[] { path.Database, role.Database }, Is.All.EqualTo(plain.Database));
        Assert.That(new[] { plain.View, path.View, role.View }, Is.Unique);
    }

    [Test]
    public void A_database_that_may_not_say_which_it_is_gets_no_name_of_its_own_and_keeps_its_entries_apart()
    {
        const string forbid = "revoke execute on function pg_control_system() from public; drop role if exists granular_nobody; create role granular_nobody; set role granular_nobody";
        var first = Read(_first, forbid);
        var second = Read(_second, forbid);
        Assert.That(new[] { first.IsCertain, second.IsCertain }, Is.All.False);
        Assert.That(first.Database, Is.EqualTo(second.Database));
        Assert.That(first.View, Is.Not.EqualTo(second.View));
    }

    [Test]
    public void Asking_leaves_a_transaction_usable()
    {
        using var connection = new NpgsqlConnection(_first);
        connection.Open();
        using var transaction = connection.BeginTransaction();
        PostgreSqlIdentity.Read(connection, transaction);
        using var command = new NpgsqlCommand("select 1", connection, transaction);
        Assert.That(command.ExecuteScalar(), Is.EqualTo(1));
    }

    // Always within a transaction that is rolled back: what a script does to the server, roles included, is undone.
    private static DatabaseIdentity Read(string connectionString, string? script = null)
    {
        using var connection = new NpgsqlConnection(connectionString);
        connection.Open();
        using var transaction = connection.BeginTransaction();
#pragma warning disable CA2100 // Scripts of these tests.
        using (var command = new NpgsqlCommand(script ?? "select 1", connection, transaction))
            command.ExecuteNonQuery();
#pragma warning restore CA2100
        return PostgreSqlIdentity.Read(connection, transaction);
    }
}
