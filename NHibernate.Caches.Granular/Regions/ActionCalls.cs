using System.Diagnostics;
using System.Reflection;
using NHibernate.Action;

namespace NHibernate.Caches.Granular.Regions;

/// <summary>
/// Tells what NHibernate's actions (updates, deletes, collections, bulk statements) take out of regions from what its users evict, which comes by the
/// same calls. What an action takes out is too much, a region for a bulk statement, and needless: the statements that it executes are witnessed, and
/// their publish moves what they change (I4). Thread-safe: stateless.
/// </summary>
internal static class ActionCalls
{
    private static readonly Assembly s_nhibernate = typeof(ISession).Assembly;

    // State machines are started and continued by it.
    private static readonly Assembly s_runtime = typeof(object).Assembly;

    /// <summary>
    /// Whether an action of NHibernate's is calling, and nobody else between: a listener or interceptor that evicts while an action is executed is its
    /// user's. Takes some microseconds. Where the compiler has left frames out, the answer may be no.
    /// </summary>
    public static bool IsCalling()
    {
        foreach (var frame in new StackTrace(1, fNeedFileInfo: false).GetFrames())
        {
            if (frame.GetMethod()?.DeclaringType is not { } type)
                return false;
            if (type.Assembly == s_nhibernate && type.FullName!.StartsWith(typeof(EntityAction).Namespace + ".", StringComparison.Ordinal))
                return true;
            if (type.Assembly != s_nhibernate && type.Assembly != s_runtime && type.Assembly != typeof(ActionCalls).Assembly)
                return false;
        }
        return false;
    }
}
