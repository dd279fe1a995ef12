using System.Reflection;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Tests.Stores.Redis;

/// <summary>A client that does what another does, except that a test may have its databases' calls fail. Thread-safe if the test's step is.</summary>
public class FailingClient : DispatchProxy
{
    private object _inner = null!;
    private System.Action<string> _before = null!;

    /// <param name="connection">The one that works.</param>
    /// <param name="before">Gets the name of the method that is about to be called on a database; may throw.</param>
    public static IConnectionMultiplexer Wrap(IConnectionMultiplexer connection, System.Action<string> before) => Of(connection, before);

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        ArgumentNullException.ThrowIfNull(targetMethod);
        if (_inner is IDatabase)
            _before(targetMethod.Name);
        try
        {
            var result = targetMethod.Invoke(_inner, args);
            return result is IDatabase database ? Of(database, _before) : result;
        }
        catch (TargetInvocationException exception) when (exception.InnerException is { } inner)
        {
            throw inner;
        }
    }

    private static T Of<T>(T inner, System.Action<string> before)
        where T : class
    {
        var wrapped = Create<T, FailingClient>();
        ((FailingClient)(object)wrapped)._inner = inner;
        ((FailingClient)(object)wrapped)._before = before;
        return wrapped;
    }
}
