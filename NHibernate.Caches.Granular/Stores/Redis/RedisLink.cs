using System.Collections.Concurrent;
using System.Net;
using NHibernate.Caches.Granular.Diagnostics;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Stores.Redis;

/// <summary>
/// The way to Redis: one round trip per call, bounded in time. When a call fails, nobody reads and puts until the server has answered in the
/// background; when it was one that tells the other nodes of a change, or the background fails as well, nobody tells them either. So an outage
/// costs one look-up and one commit a time limit each, and the others nothing, and a call that only took long keeps no commit from being told.
/// What was left undone meanwhile is made up for as soon as the server answers, and before anybody reads again. Thread-safe.
/// </summary>
internal sealed class RedisLink : IDisposable
{
    private readonly IConnectionMultiplexer _multiplexer;
    private readonly IDatabase _database;
    private readonly RedisStoreOptions _options;
    private readonly bool _isOurs;
    private readonly Lock _gate = new();
    private readonly List<IRecoverable> _users = [];
    private readonly ConcurrentDictionary<Task, bool> _left = new();
    private readonly CancellationTokenSource _disposal = new();
    private Task _recovery = Task.CompletedTask;
    private readonly RedisTarget _target;
    private Exception? _failure;
    private volatile StoreHealth _health = StoreHealth.Good;
    private volatile LinkState _state;
    private volatile bool _isSpread;

    /// <param name="multiplexer">The connections.</param>
    /// <param name="database">The number of the database on the server; -1 for the connections' own.</param>
    /// <param name="options">Settings.</param>
    /// <param name="isOurs">Whether the connections are closed with this.</param>
    public RedisLink(IConnectionMultiplexer multiplexer, int database, RedisStoreOptions options, bool isOurs)
    {
        (_multiplexer, _database, _options, _isOurs) = (multiplexer, multiplexer.GetDatabase(database), options, isOurs);
        _multiplexer.ConnectionRestored += OnConnectionRestored;
        _multiplexer.ConfigurationChanged += OnConfigurationChanged;
        LookAtServers();
        _target = TargetOf(multiplexer, _database.Database);
        CacheMetrics.Interrupted.Add(this, () => IsInterrupted ? 1 : 0);
    }

    /// <summary>Whether the server is out of reach, and since when.</summary>
    public StoreHealth Health => _health;

    /// <summary>As <see cref="Health"/>, from the server's own mouth: where nobody uses the cache, nobody notices.</summary>
    public async ValueTask<StoreHealth> CheckAsync()
    {
        try
        {
            if (!IsInterrupted)
                await AskAsync(database => database.PingAsync()).ConfigureAwait(false);
        }
        catch (StoreUnavailableException)
        {
            // It has become the state of health.
        }
        return _health;
    }

    /// <summary>Whether nothing is read and put because the server has just failed.</summary>
    public bool IsInterrupted => _state != LinkState.Whole;

    /// <summary>Whether the other nodes are not told of changes either.</summary>
    public bool IsBroken => _state == LinkState.Broken;

    /// <summary>Whether keys are spread over the servers of a cluster, so that a script cannot work on all of them at once.</summary>
    public bool IsSpread => _isSpread;

    /// <summary>Has what it left undone done, after each interruption.</summary>
    public void Enlist(IRecoverable user)
    {
        lock (_gate)
            _users.Add(user);
    }

    /// <exception cref="StoreUnavailableException">No answer, or none in time, or an error; or an interruption is going on.</exception>
    public RedisReply Evaluate(RedisCall call)
    {
        ThrowIfRefused(call);
        using var step = RedisStep.Begin(call.Script.Name, _target);
        try
        {
            return new RedisReply((RedisResult[])_database.ScriptEvaluate(call.Script.Text, call.Keys, call.Arguments)!);
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            step.Failed(exception);
            throw Interrupt(call, exception);
        }
    }

    /// <inheritdoc cref="Evaluate(RedisCall)"/>
    public async ValueTask<RedisReply> EvaluateAsync(RedisCall call)
    {
        ThrowIfRefused(call);
        return await AskAsync(call).ConfigureAwait(false);
    }

    /// <summary>Sends calls at once, so that one waits for all of them as long as for the slowest.</summary>
    /// <inheritdoc cref="Evaluate(RedisCall)"/>
    public RedisReply[] Evaluate(RedisCall[] calls) => calls is [var only] ? [Evaluate(only)] : EvaluateAsync(calls).AsTask().GetAwaiter().GetResult();

    /// <inheritdoc cref="Evaluate(RedisCall[])"/>
    public async ValueTask<RedisReply[]> EvaluateAsync(RedisCall[] calls)
    {
        Array.ForEach(calls, ThrowIfRefused);
        return calls is [var only] ? [await AskAsync(only).ConfigureAwait(false)] : await Task.WhenAll(calls.Select(call => AskAsync(call).AsTask())).ConfigureAwait(false);
    }

    /// <summary>As <see cref="EvaluateAsync(RedisCall)"/>, also during an interruption.</summary>
    public async ValueTask<RedisReply> AskAsync(RedisCall call)
    {
        using var step = RedisStep.Begin(call.Script.Name, _target);
        try
        {
            var answer = _database.ScriptEvaluateAsync(call.Script.Text, call.Keys, call.Arguments);
            return new RedisReply((RedisResult[])(await Bounded(answer).ConfigureAwait(false))!);
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            step.Failed(exception);
            throw Interrupt(call, exception);
        }
    }

    /// <summary>As <see cref="AskAsync(RedisCall)"/>, for what is no script.</summary>
    public async ValueTask<T> AskAsync<T>(Func<IDatabase, Task<T>> ask)
    {
        try
        {
            return await Bounded(ask(_database)).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            throw Interrupt(null, exception);
        }
    }

    /// <summary>Lets something go on that nobody waits for, except <see cref="Dispose"/>. It must not throw.</summary>
    public void Leave(Task task)
    {
        if (task.IsCompleted)
            return;
        _left.TryAdd(task, true);
        _ = task.ContinueWith(static (done, left) => ((ConcurrentDictionary<Task, bool>)left!).TryRemove(done, out _), _left, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Waits for what nobody else waits for, at most twice the time limit.</summary>
    public void Drain() => Task.WaitAll([.. _left.Keys], _options.Timeout * 2);

    /// <summary>Nothing is read and put from now on, until everybody who uses this link has made up for what they left undone.</summary>
    /// <param name="cause">What has happened.</param>
    /// <param name="isBroken">Whether the other nodes are not told of changes either, until the server answers.</param>
    public void Interrupt(Exception cause, bool isBroken = false)
    {
        lock (_gate)
        {
            _failure = cause;
            var wasWhole = _state == LinkState.Whole;
            if (_disposal.IsCancellationRequested || (!wasWhole && !isBroken))
                return;
            _state = isBroken ? LinkState.Broken : LinkState.Telling;
            if (!wasWhole)
                return;
            _health = _health.Interrupted(cause);
            _recovery = Task.Run(RecoverAsync);
        }
        CacheMetrics.Outage();
        Log.RedisUnavailable(cause, _options.IsStrict ? "strict" : "degrade");
    }

    public void Dispose()
    {
        CacheMetrics.Interrupted.Remove(this);
        Drain();
        lock (_gate)
            _disposal.Cancel();
        _multiplexer.ConnectionRestored -= OnConnectionRestored;
        _multiplexer.ConfigurationChanged -= OnConfigurationChanged;
        // A last attempt is under way, perhaps; it is bounded by itself.
        _recovery.Wait(_options.Timeout * 2);
        _disposal.Dispose();
        if (_isOurs)
            _multiplexer.Dispose();
    }

    private void ThrowIfRefused(RedisCall call)
    {
        if (call.Script.Tells ? IsBroken : IsInterrupted)
            throw new StoreUnavailableException("Redis is not asked, because it has just failed.", _failure);
    }

    private StoreUnavailableException Interrupt(RedisCall? call, Exception exception)
    {
        var failure = new StoreUnavailableException($"Redis did not answer as it should{(call is null ? "" : $" to \"{call.Script.Name}\"")}: {exception.Message}", exception) { WasAsked = true };
        Interrupt(failure, isBroken: call is null or { Script.Tells: true });
        return failure;
    }

    // The caller gave up; what the server does with the call is another matter, and nobody looks at its answer.
    private async Task<T> Bounded<T>(Task<T> answer)
    {
        try
        {
            return await answer.WaitAsync(_options.Timeout).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _ = answer.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            throw;
        }
    }

    // Whatever comes: a client that loses its connection has more words for it than its own exceptions, such as a task that it cancels, and no caller
    // is to hear of them. None of them is cancelled by a caller.
    private static bool IsFailure(Exception exception) => exception is not (OutOfMemoryException or StoreUnavailableException);

    // Most failures are calls that took too long, after which the server answers again; the sooner the others are told, the better. Who reads waits
    // for the pause, though: what fails for one may fail for the next.
    private async Task RecoverAsync()
    {
        bool isOver, isLast;
        do
        {
            isLast = _disposal.IsCancellationRequested;
            var pause = PauseAsync();
            isOver = await TryTellAsync().ConfigureAwait(false) is not null;
            await pause.ConfigureAwait(false);
            isOver = isOver && await TryTellAsync().ConfigureAwait(false) is { } users && TryEnd(users);
        }
        while (!isOver && !isLast);
    }

    private async Task PauseAsync()
    {
        try
        {
            await Task.Delay(_options.Pause, _disposal.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The session factory is closed: one more attempt is owed to the other nodes.
        }
    }

    /// <summary>Makes up for what was left undone, and lets the others be told again.</summary>
    /// <returns>Who has nothing left undone from before; null when the server does not answer.</returns>
    private async Task<IReadOnlyList<IRecoverable>?> TryTellAsync()
    {
        IReadOnlyList<IRecoverable> users;
        lock (_gate)
            users = [.. _users];
        try
        {
            await Bounded(_database.PingAsync()).ConfigureAwait(false);
            LookAtServers();
            // First, as it may be all that can be done.
            await SettleAsync(users).ConfigureAwait(false);
            foreach (var user in users)
                await user.RecoverAsync().ConfigureAwait(false);
            lock (_gate)
                _state = LinkState.Telling;
            // From now on there is an end to what is left undone, however many changes there are.
            await SettleAsync(users).ConfigureAwait(false);
            return users;
        }
        catch (Exception exception) when (exception is StoreUnavailableException || IsFailure(exception))
        {
            Interrupt(exception, isBroken: true);
            return null;
        }
    }

    private bool TryEnd(IReadOnlyList<IRecoverable> users)
    {
        lock (_gate)
        {
            // What was left undone while the others made up for theirs, or who began to use this meanwhile, is next.
            if (_state != LinkState.Telling || users.Count < _users.Count || users.Any(user => user.Debts.AreAny))
                return false;
            _state = LinkState.Whole;
            _health = _health.Restored();
        }
        Log.RedisAvailable();
        return true;
    }

    private static async ValueTask SettleAsync(IReadOnlyList<IRecoverable> users)
    {
        foreach (var user in users)
            await user.Debts.SettleAsync().ConfigureAwait(false);
    }

    private static RedisTarget TargetOf(IConnectionMultiplexer multiplexer, int database)
    {
        var number = database.ToString(CultureInfo.InvariantCulture);
        return multiplexer.GetEndPoints() switch
        {
            [DnsEndPoint one] => new RedisTarget(number, one.Host, one.Port),
            [IPEndPoint one] => new RedisTarget(number, one.Address.ToString(), one.Port),
            [{ } one] => new RedisTarget(number, one.ToString(), null),
            _ => new RedisTarget(number, null, null),
        };
    }

    private void LookAtServers() => _isSpread = _multiplexer.GetServers().Any(server => server.IsConnected && server.ServerType == ServerType.Cluster);

    // There may be other servers now.
    private void OnConfigurationChanged(object? sender, EndPointEventArgs e) => LookAtServers();

    private void OnConnectionRestored(object? sender, ConnectionFailedEventArgs e) => LookAtServers();
}

/// <summary>What passes over a link.</summary>
internal enum LinkState
{
    Whole,

    /// <summary>The other nodes are told of changes. Nothing is read and put, because they have not been told of all.</summary>
    Telling,

    /// <summary>Nothing.</summary>
    Broken,
}

/// <summary>Something that has left work undone while Redis was out of reach. Implementations are thread-safe.</summary>
internal interface IRecoverable
{
    /// <summary>They are settled before and after it recovers.</summary>
    Debts Debts { get; }

    /// <summary>Begins again what it may have missed the beginning of.</summary>
    /// <exception cref="StoreUnavailableException">Redis is still out of reach.</exception>
    ValueTask RecoverAsync();
}
