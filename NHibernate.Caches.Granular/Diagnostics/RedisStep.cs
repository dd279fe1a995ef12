using System.Diagnostics;

namespace NHibernate.Caches.Granular.Diagnostics;

/// <summary>Which server calls go to, as far as it is known. Thread-safe: immutable.</summary>
/// <param name="Database">The number of the database.</param>
/// <param name="Address">Its host, or its socket's path; null when there are several servers.</param>
/// <param name="Port">Its port, if it has one.</param>
internal sealed record RedisTarget(string Database, string? Address, int? Port);

/// <summary>
/// A call to Redis while it goes on: its trace and its duration, for those who listen, as OpenTelemetry describes calls to Redis. Nothing of what
/// is sent or answered is in it. Not thread-safe; dispose it once.
/// </summary>
internal sealed class RedisStep : IDisposable
{
    private const string Command = "EVALSHA";

    private readonly string _script;
    private readonly RedisTarget _target;
    private readonly Activity? _activity;
    private readonly long _start;
    private string? _error;

    private RedisStep(string script, RedisTarget target)
    {
        (_script, _target) = (script, target);
        _activity = CacheTraces.Source.HasListeners() ? CacheTraces.Source.StartActivity($"{Command} {script}", ActivityKind.Client, default(ActivityContext), Tags()) : null;
        _start = CacheMetrics.StartRedisCall;
    }

    /// <param name="script">The script's name.</param>
    /// <param name="target">Where it is sent.</param>
    public static RedisStep Begin(string script, RedisTarget target) => new(script, target);

    public void Failed(Exception exception)
    {
        _error = exception.GetType().FullName;
        _activity?.SetTag("error.type", _error);
        _activity?.SetStatus(ActivityStatusCode.Error);
    }

    public void Dispose()
    {
        if (_start != 0)
            CacheMetrics.RedisCall(_start, Tags());
        _activity?.Dispose();
    }

    private TagList Tags()
    {
        var tags = new TagList
        {
            { "db.system.name", "redis" },
            { "db.operation.name", Command },
            { "db.stored_procedure.name", _script },
            { "db.namespace", _target.Database },
        };
        if (_target.Address is { } address)
            tags.Add("server.address", address);
        if (_target.Port is { } port)
            tags.Add("server.port", port);
        if (_error is { } error)
            tags.Add("error.type", error);
        return tags;
    }
}
