using System.Diagnostics;
using NHibernate.Cache;

namespace NHibernate.Caches.Granular.Regions;

/// <summary>
/// Tells what NHibernate's updates and deletes take out of regions from what its users evict, which comes by the same call. What they take out moves
/// by the publish of their statements anyway (I4). NHibernate does not say who calls; its stack does: of the strategies one removes for actions,
/// and all remove for users by a method of that name. Where the compiler has left the frame out, the answer is no. Takes some microseconds.
/// Thread-safe: stateless.
/// </summary>
internal static class ActionCalls
{
    public static bool IsRemoving()
    {
        foreach (var method in new StackTrace(1, fNeedFileInfo: false).GetFrames().Select(static frame => frame.GetMethod()))
        {
            // An asynchronous method continues in a type of its own, in the strategy and named after the method.
            var isContinued = method?.DeclaringType?.DeclaringType == typeof(NonstrictReadWriteCache);
            if (method is null || (method.DeclaringType != typeof(NonstrictReadWriteCache) && !isContinued))
                continue;
            var name = isContinued ? method.DeclaringType!.Name.TrimStart('<') : method.Name;
            return !name.StartsWith(nameof(NonstrictReadWriteCache.Remove), StringComparison.Ordinal);
        }
        return false;
    }
}
