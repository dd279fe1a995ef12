using System.Collections.Concurrent;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>Which callbacks an interceptor of the user's really has. Thread-safe.</summary>
internal static class Overriding
{
    private static readonly ConcurrentDictionary<(System.Type Interceptor, string Callback), bool> s_known = new();

    /// <summary>Whether the interceptor does something of its own in this callback.</summary>
    public static bool Has(IInterceptor interceptor, string callback)
    {
        var type = interceptor.GetType();
        return type != typeof(EmptyInterceptor) && s_known.GetOrAdd((type, callback), static key => IsOverridden(key.Interceptor, key.Callback));
    }

    private static bool IsOverridden(System.Type type, string callback)
    {
        var map = type.GetInterfaceMap(typeof(IInterceptor));
        return map.InterfaceMethods.Zip(map.TargetMethods).Any(pair => pair.First.Name == callback && pair.Second.DeclaringType != typeof(EmptyInterceptor));
    }
}
