using Npgsql;

namespace NHibernate.Caches.Granular.Servers.PostgreSql;

/// <summary>The server that an environment variable names. It is not ours: disposing leaves it as it is.</summary>
internal sealed class GivenServer : IRunningServer
{
    internal const string Variable = "GRANULAR_TEST_POSTGRES";

    private GivenServer(string connectionString) => ConnectionString = connectionString;

    public string ConnectionString { get; }

    /// <returns>Null when the variable is not set.</returns>
    /// <exception cref="InvalidOperationException">The variable is set, but no server answers there.</exception>
    public static async Task<GivenServer?> FindAsync(CancellationToken cancellationToken)
    {
        var connectionString = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrWhiteSpace(connectionString))
            return null;
        try
        {
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync(cancellationToken);
            return new GivenServer(connectionString);
        }
        catch (Exception exception) when (exception is NpgsqlException or ArgumentException)
        {
            throw new InvalidOperationException(
                $"No PostgreSQL answers where the environment variable {Variable} says ({exception.Message}). Correct it, or unset it to have a server started.",
                exception);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
