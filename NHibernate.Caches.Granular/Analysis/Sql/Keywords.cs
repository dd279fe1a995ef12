using System.Collections.Frozen;

namespace NHibernate.Caches.Granular.Analysis.Sql;

/// <summary>Which unquoted words cannot be names, and which mean something without a catalog.</summary>
internal static class Keywords
{
    private static readonly FrozenSet<string> s_reserved = Set(
        "all and any array as asc between case cast collate cross default desc distinct else end except exists fetch for from full group "
        + "having ilike in inner intersect into is isnull join lateral left like limit minus natural not notnull null offset on or order outer "
        + "returning right select set similar some tablesample then union using values when where window with output escape");

    private static readonly FrozenSet<string> s_sessionValues = Set(
        "current_date current_time current_timestamp localtime localtimestamp current_user session_user system_user user current_role "
        + "current_catalog current_schema sysdate systimestamp utc_date utc_time utc_timestamp");

    private static readonly FrozenSet<string> s_grammarCalls = Set(
        "coalesce nullif greatest least row trim substring position overlay normalize grouping rollup cube xmlelement xmlforest xmlconcat");

    private static readonly FrozenSet<string> s_timeWords = Set("now today tomorrow yesterday");

    /// <summary>Whether the word ends what stands before it, so that it is neither a name nor an alias.</summary>
    public static bool IsReserved(Token token) => token.Kind == TokenKind.Word && !token.IsQuoted && s_reserved.Contains(token.Text);

    /// <summary>Values of time and session that are written without parentheses.</summary>
    public static bool IsSessionValue(Token token) => token.Kind == TokenKind.Word && !token.IsQuoted && s_sessionValues.Contains(token.Text);

    /// <summary>Calls that are part of the language rather than of a catalog, and depend on their arguments only.</summary>
    public static bool IsGrammarCall(string name) => s_grammarCalls.Contains(name);

    /// <summary>Whether a string, read as a date or time, would mean the moment of execution (<c>'now'</c>, <c>'today 12:00'</c>).</summary>
    public static bool MayMeanTime(string text) =>
        text.Length < 40 && text.ToLowerInvariant().Split([' ', '\t', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).Any(s_timeWords.Contains);

    private static FrozenSet<string> Set(string words) => words.Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
