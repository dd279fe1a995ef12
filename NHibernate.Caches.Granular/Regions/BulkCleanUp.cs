using System.Diagnostics;
using NHibernate.Action;

namespace NHibernate.Caches.Granular.Regions;

/// <summary>
/// Tells apart who clears a region: NHibernate does, of every entity and collection that a statement on many rows may concern (of native
/// SQL all of them), when its transaction completes, also by rolling back. What the statement changed has been told by then, row by row
/// where that is known (I4), so nothing is left to clear. NHibernate does not say why it clears; its stack does. Where a frame
/// of it is not seen, the region is cleared, as for its user. Thread-safe: stateless.
/// </summary>
internal static class BulkCleanUp
{
    // Clearing passes the strategy and the session factory; asynchronously, each with what starts it.
    private const int Depth = 30;

    public static bool IsCalling() => new StackTrace(1, fNeedFileInfo: false).GetFrames().Take(Depth).Any(static frame => IsCleanUp(frame.GetMethod()?.DeclaringType));

    // Or its asynchronous form, which is a type in it.
    private static bool IsCleanUp(System.Type? type) => type is not null && (type == typeof(BulkOperationCleanupAction) || IsCleanUp(type.DeclaringType));
}
