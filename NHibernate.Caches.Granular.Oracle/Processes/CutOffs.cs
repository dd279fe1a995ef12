using NHibernate.Caches.Granular.Servers;

namespace NHibernate.Caches.Granular.Oracle.Processes;

/// <summary>
/// A Redis with a way of its own for each process, which fails now and then for a moment: it refuses, hangs, loses the replies to what was done,
/// or takes longer than anybody waits. Each process has its own outages, so that they overlap sometimes. Not thread-safe.
/// </summary>
internal sealed class CutOffs : IAsyncDisposable
{
    /// <summary>How long processes wait for Redis: short, so that there are many outages.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(250);

    private readonly LocalRedisServer _server;
    private readonly RedisProxy[] _ways;
    private readonly int _seed;

    private CutOffs(LocalRedisServer server, RedisProxy[] ways, int seed) => (_server, _ways, _seed) = (server, ways, seed);

    public static async Task<CutOffs> StartAsync(int processes, int seed)
    {
        var server = await LocalRedisServer.StartAsync();
        return new CutOffs(server, [.. Enumerable.Range(0, processes).Select(_ => RedisProxy.Start(server))], seed);
    }

    /// <summary>The configuration string of a process, from 1.</summary>
    public string WayOf(int process) => _ways[process - 1].ConnectionString;

    /// <summary>Begins to cut them off; ends it, with all ways open, when what it returns is disposed.</summary>
    public IDisposable Begin(int processes) => new Working([.. _ways.Take(processes)], _seed);

    public async ValueTask DisposeAsync()
    {
        foreach (var way in _ways)
            await way.DisposeAsync();
        await _server.DisposeAsync();
    }

    private sealed class Working : IDisposable
    {
        private readonly CancellationTokenSource _end = new();
        private readonly Task _work;

        public Working(ImmutableArray<RedisProxy> ways, int seed) => _work = Task.WhenAll(ways.Select((way, i) => Task.Run(() => CutOffAsync(way, new Random((seed * 31) + i)))));

        public void Dispose()
        {
            _end.Cancel();
            _work.GetAwaiter().GetResult();
            _end.Dispose();
        }

        private async Task CutOffAsync(RedisProxy way, Random random)
        {
            while (await PassesAsync(random.Next(500, 3000)))
            {
                var length = random.Next(20, 600);
                switch (random.Next(4))
                {
                    case 0:
                        way.Refuses = true;
                        way.Cut();
                        await PassesAsync(length);
                        way.Refuses = false;
                        break;
                    case 1:
                        way.Hang();
                        await PassesAsync(length);
                        way.Release();
                        break;
                    case 2:
                        way.HoldReplies();
                        await PassesAsync(length);
                        way.Cut();
                        way.Release();
                        break;
                    default:
                        way.Delay = Timeout * 1.2;
                        await PassesAsync(length);
                        way.Delay = TimeSpan.Zero;
                        break;
                }
            }
        }

        /// <summary>Whether the end has not come before.</summary>
        private async Task<bool> PassesAsync(int milliseconds)
        {
            try
            {
                await Task.Delay(milliseconds, _end.Token);
                return true;
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }
    }
}
