using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Servers.Redis;

/// <summary>The server that an environment variable names. It is not ours: disposing leaves it as it is. Thread-safe: immutable.</summary>
internal sealed class GivenServer : IRunningServer
{
    internal const string Variable = "GRANULAR_TEST_REDIS";

    private GivenServer(string connectionString) => ConnectionString = connectionString;

    public string ConnectionString { get; }

    /// <returns>Null when the variable is not set.</returns>
    /// <exception cref="InvalidOperationException">The variable is set, but no server answers there.</exception>
    public static async Task<GivenServer?> FindAsync()
    {
        var connectionString = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrWhiteSpace(connectionString))
            return null;
        try
        {
            var options = ConfigurationOptions.Parse(connectionString);
            options.AbortOnConnectFail = true;
            await using var connection = await ConnectionMultiplexer.ConnectAsync(options);
            await connection.GetDatabase().PingAsync();
            return new GivenServer(connectionString);
        }
        catch (Exception exception) when (exception is RedisException or ArgumentException or TimeoutException)
        {
            throw new InvalidOperationException(
                $"No Redis answers where the environment variable {Variable} says ({exception.Message}). Correct it, or unset it to have a server started.",
                exception);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
