using NHibernate.Caches.Granular.Analysis.Sql;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Values;

namespace NHibernate.Caches.Granular.Analysis.Predicates;

/// <summary>
/// Pass: finds, anywhere in a statement, what makes a result depend on more than tables, or the statement change data: functions,
/// values of time and session, locks, samples, WITH that modifies.
/// </summary>
internal static class FunctionPass
{
    public static void Run(SqlNode statement, AnalysisState state)
    {
        foreach (var node in statement.DescendantsAndSelf())
            Check(node, state);
    }

    private static void Check(SqlNode node, AnalysisState state)
    {
        switch (node)
        {
            case Call call:
                CheckCall(call, state);
                break;
            case Literal { Kind: LiteralKind.String or LiteralKind.Uncertain } literal when Keywords.MayMeanTime(literal.Text):
                state.Refuse(CoarseReason.UnstableLiteral, literal.ToString());
                break;
            case Query { LocksRows: true }:
                state.Refuse(CoarseReason.LocksRows, "for update or share");
                break;
            case TableReference { HasHints: true } table:
                state.Refuse(CoarseReason.LocksRows, $"hints of {table.Name}");
                break;
            case TableReference { IsSampled: true } table:
                state.Refuse(CoarseReason.Sampled, table.Name);
                break;
            case Select { IsInto: true }:
                Modifies("select into", state);
                break;
            case CommonTable { Statement: not QueryStatement } table:
                Modifies($"with {table.Name}", state);
                break;
        }
    }

    private static void CheckCall(Call call, AnalysisState state)
    {
        if (call.IsSessionValue)
            state.Refuse(CoarseReason.UnstableFunction, call.Name);
        if (call.IsSessionValue || call.IsGrammar)
            return;
        switch (state.Schema.Function(call.Schema, call.Name))
        {
            case FunctionKind.Immutable:
                break;
            case FunctionKind.Unstable:
                state.Refuse(CoarseReason.UnstableFunction, call.Name);
                break;
            case FunctionKind.ReadsUnknown:
                state.Refuse(CoarseReason.ReadsUnknownTables, call.Name);
                break;
            default:
                state.MayModify = true;
                state.Refuse(CoarseReason.VolatileFunction, call.Name);
                break;
        }
    }

    private static void Modifies(string what, AnalysisState state)
    {
        state.MayModify = true;
        state.Refuse(CoarseReason.ModifiesData, what);
    }
}
