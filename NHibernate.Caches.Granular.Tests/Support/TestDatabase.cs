using NHibernate.Caches.Granular.Servers;

namespace NHibernate.Caches.Granular.Tests;

/// <summary>
/// The one PostgreSQL of a test run: started when the first test asks for it, ended after the last. Its absence fails the tests
/// that need it, with the command that mends it. Thread-safe.
/// </summary>
[SetUpFixture]
public sealed class TestDatabase
{
    // On the thread pool: a test's own synchronization context must not be waited on by the tests beside it.
    private static readonly Lazy<Task<PostgreSqlServer>> s_server = new(() => Task.Run(() => PostgreSqlServer.StartAsync()));

    /// <summary>The server's maintenance database: good for reading; a test that creates something creates a database.</summary>
    public static string ConnectionString => s_server.Value.GetAwaiter().GetResult().ConnectionString;

    /// <summary>Creates an empty database for a fixture; an old one of that name is dropped.</summary>
    /// <returns>Its connection string.</returns>
    public static async Task<string> CreateAsync(string name) => await (await s_server.Value).CreateDatabaseAsync(name);

    [OneTimeTearDown]
    public async Task StopServer()
    {
        if (s_server is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
            await (await s_server.Value).DisposeAsync();
    }
}
