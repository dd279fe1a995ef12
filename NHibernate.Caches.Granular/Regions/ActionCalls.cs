using System.Diagnostics;
using NHibernate.Action;
using NHibernate.Cache;

namespace NHibernate.Caches.Granular.Regions;

/// <summary>
/// Tells what NHibernate's actions (updates, deletes, collections, bulk statements) take out of regions from what its users evict, which comes by the
/// same calls. What an action takes out is too much, a region for a bulk statement, and needless: the statements that it executes are witnessed, and
/// their publish moves what they change (I4). NHibernate does not say who calls; its stack does. A type counts only if nothing of a user's can be
/// between it and the region, and where the compiler has left its frame out, the answer is no. Takes some microseconds. Thread-safe: stateless.
/// </summary>
internal static class ActionCalls
{
    /// <summary>Whether a region is cleared after a bulk statement, when its transaction completes, also by rolling back.</summary>
    public static bool IsClearing() => IsBelow(typeof(BulkOperationCleanupAction));

    /// <summary>Whether one entry is removed around an update or delete: this strategy does so. For users, all of them do by a method of this name.</summary>
    public static bool IsRemoving() => IsBelow(typeof(NonstrictReadWriteCache), exceptFor: nameof(NonstrictReadWriteCache.Remove));

    private static bool IsBelow(System.Type caller, string? exceptFor = null)
    {
        foreach (var method in new StackTrace(2, fNeedFileInfo: false).GetFrames().Select(static frame => frame.GetMethod()))
        {
            // An asynchronous method continues in a type of its own, in the caller and named after the method.
            var isContinued = method?.DeclaringType?.DeclaringType == caller;
            if (method is null || (method.DeclaringType != caller && !isContinued))
                continue;
            var name = isContinued ? method.DeclaringType!.Name.TrimStart('<') : method.Name;
            return exceptFor is null || !name.StartsWith(exceptFor, StringComparison.Ordinal);
        }
        return false;
    }
}
