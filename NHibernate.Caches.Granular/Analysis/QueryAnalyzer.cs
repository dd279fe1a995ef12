using NHibernate.Caches.Granular.Analysis.Predicates;
using NHibernate.Caches.Granular.Analysis.Sql;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Values;

namespace NHibernate.Caches.Granular.Analysis;

/// <summary>Turns the text of a query into what its results depend on (I7). Never throws, whatever the text.</summary>
/// <remarks>
/// The passes, in order: <see cref="Tokenizer"/> and <see cref="SqlParser"/> (text to tree), <see cref="FunctionPass"/> (what is more
/// than tables), then per query and SELECT (<see cref="QueryAnalysis"/>, <see cref="SelectAnalysis"/>) <see cref="FromBinder"/>
/// (names to tables), <see cref="ReferencePass"/> (columns read), <see cref="FormulaBuilder"/> (conditions, negation pushed down),
/// <see cref="JoinGroup"/> (which condition restricts which table), and at the end <see cref="NormalForm"/> (conjunctions per table).
/// </remarks>
internal static class QueryAnalyzer
{
    /// <param name="sql">A query as it is sent to the database, or several; parameters as <c>?</c>, <c>:p0</c>, <c>@p0</c> or <c>$1</c>.</param>
    /// <param name="schema">What the catalog says.</param>
    /// <param name="limits">Bounds.</param>
    /// <param name="selectItemsCount">
    /// False when every item of the top-level select list only hydrates entities whose ids are in the list: then those columns
    /// may change without changing the cached ids. Key columns count all the same, and so do items whose alias ends in two underscores
    /// (keys, indexes and elements of fetched collections in HQL and native SQL). Criteria queries that fetch collections alias these
    /// like any other column: for them, pass true.
    /// </param>
    public static QueryPlan Analyze(string sql, ISchema schema, AnalysisLimits limits, bool selectItemsCount)
    {
        var parsed = SqlParser.Parse(sql);
        var state = new AnalysisState(schema, limits);
        if (parsed.Error is { } error)
            RefuseUnparsed(parsed, error, state);
        else if (parsed.Statements.IsEmpty || parsed.Statements.Any(statement => statement is not QueryStatement))
            RefuseStatement(parsed, state);
        else
            foreach (var statement in parsed.Statements.Cast<QueryStatement>())
                Analyze(statement.Query, state, selectItemsCount);
        return ToPlan(state, parsed);
    }

    /// <summary>Runs the passes over one query.</summary>
    public static void Analyze(Query query, AnalysisState state, bool selectItemsCount)
    {
        FunctionPass.Run(query, state);
        new QueryAnalysis(query, null, selectItemsCount ? ItemUse.All() : ItemUse.Hydrating(), state).Complete([]);
    }

    private static QueryPlan ToPlan(AnalysisState state, ParsedText parsed)
    {
        // First: looking at the tables adds findings.
        var occurrences = state.Occurrences();
        return new QueryPlan(occurrences)
        {
            Findings = state.Findings,
            NotCacheable = state.NotCacheable,
            DependsOnEverything = state.DependsOnEverything,
            MayModify = state.MayModify,
            ParameterNames = parsed.Parameters,
        };
    }

    /// <summary>What cannot be parsed may change data too, unless its tokens prove that it is a query and calls nothing that could.</summary>
    private static void RefuseUnparsed(ParsedText parsed, string error, AnalysisState state)
    {
        state.DependsOnEverything = true;
        state.Refuse(CoarseReason.NotParsed, error);
        state.MayModify |= parsed.Tokens.IsEmpty || !parsed.Tokens[0].IsWord("select") || parsed.Tokens.Any(MayBeModification);
        for (var i = 0; i < parsed.Tokens.Length; i++)
        {
            if (CallScan.At(parsed.Tokens, i) is { } call)
                FunctionPass.Run(call, state);
        }
    }

    private static bool MayBeModification(Token token) =>
        token is { Kind: TokenKind.Punctuation, Text: ";" }
        || (token.Kind == TokenKind.Word && !token.IsQuoted && token.Text is "insert" or "update" or "delete" or "merge" or "into");

    private static void RefuseStatement(ParsedText parsed, AnalysisState state)
    {
        state.DependsOnEverything = true;
        state.MayModify = !parsed.Statements.IsEmpty;
        state.Refuse(CoarseReason.NotAQuery, parsed.Statements.IsEmpty ? "no statement" : parsed.Statements[0].ToString()!);
    }
}
