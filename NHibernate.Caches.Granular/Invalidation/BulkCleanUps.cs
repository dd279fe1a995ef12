using System.Diagnostics;
using System.Reflection;
using NHibernate.AdoNet;
using NHibernate.Action;
using NHibernate.Engine.Query;
using NHibernate.Event;
using NHibernate.Hql.Ast.ANTLR.Exec;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>
/// NHibernate notes with each bulk statement that whole regions are to be cleared when the transaction completes, also by rolling back; of native
/// SQL that does not say what it changes, all of them. The statement is witnessed, and its publish moves what it changes (I4), so that
/// is needless. Thread-safe: stateless.
/// </summary>
internal static class BulkCleanUps
{
    /// <summary>
    /// A statement is about to be executed. Forgoes the clean-up that was noted for it, which is the last that was noted. Others were noted by the
    /// session's user, for changes that nobody witnesses.
    /// </summary>
    public static void Forgo(ConnectionManager manager)
    {
        // Of several sessions on one connection it is not known whose statement it is.
        if (manager.Session is not IEventSource session || manager.DependentSessions.Count > 0)
            return;
        var noted = NHibernateInternals.ProcessesAfterCompletion(session.ActionQueue);
        if (noted is [.., BulkOperationCleanupAction] && IsBulkStatement())
            noted.RemoveAt(noted.Count - 1);
    }

    // Those who execute bulk statements note the clean-up first. NHibernate does not say who executes a statement; its stack does. They handle
    // exceptions, so the compiler does not leave their frames out; if it did, regions would be cleared.
    private static bool IsBulkStatement() =>
        new StackTrace(1, fNeedFileInfo: false).GetFrames().Select(static frame => frame.GetMethod()?.DeclaringType).FirstOrDefault(static type => type is null || !IsOnTheWay(type.Assembly)) is { } type
            && (IsExecutor(type) || (type.DeclaringType is { } continued && IsExecutor(continued)));

    private static bool IsOnTheWay(Assembly assembly) => assembly == typeof(BulkCleanUps).Assembly || assembly == typeof(object).Assembly;

    private static bool IsExecutor(System.Type type) => type == typeof(NativeSQLQueryPlan) || typeof(IStatementExecutor).IsAssignableFrom(type);
}
