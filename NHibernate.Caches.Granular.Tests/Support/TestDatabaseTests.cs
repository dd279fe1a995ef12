using Npgsql;

namespace NHibernate.Caches.Granular.Tests.Support;

public sealed class TestDatabaseTests
{
    [Test]
    public async Task Creating_a_database_again_leaves_nothing_of_the_old_one()
    {
        var first = await TestDatabase.CreateAsync("granular_support");
        await using (var connection = new NpgsqlConnection(first))
        {
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand("create table leftover(id int)", connection);
            await command.ExecuteNonQueryAsync();
        }

        await using var again = new NpgsqlConnection(await TestDatabase.CreateAsync("granular_support"));
        await again.OpenAsync();
        await using var look = new NpgsqlCommand("select to_regclass('leftover') is null and current_setting('max_prepared_transactions')::int >= 20", again);
        Assert.That(await look.ExecuteScalarAsync(), Is.True);
    }
}
