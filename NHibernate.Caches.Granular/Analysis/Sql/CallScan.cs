using System.Collections.Frozen;

namespace NHibernate.Caches.Granular.Analysis.Sql;

/// <summary>
/// Finds what may be a call among tokens that were not parsed: a word before a parenthesis. Finds too much (types, column lists)
/// rather than too little.
/// </summary>
internal static class CallScan
{
    private static readonly FrozenSet<string> s_notCalls = (
        "in values exists and or not on using over filter as from where when then else any all some into by having union select top limit offset "
        + "set key except intersect with join interval case conflict between like is").Split(' ').ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The call that begins at this token, without its arguments; null when there is none.</summary>
    public static Call? At(ImmutableArray<Token> tokens, int index)
    {
        var token = tokens[index];
        if (token.Kind != TokenKind.Word)
            return null;
        if (Keywords.IsSessionValue(token))
            return new Call([token.Text], []) { IsSessionValue = true };
        if (!tokens[index + 1].Is("(") || (!token.IsQuoted && s_notCalls.Contains(token.Text)))
            return null;
        var hasSchema = index >= 2 && tokens[index - 1].Is(".") && tokens[index - 2].Kind == TokenKind.Word;
        return new Call(hasSchema ? [tokens[index - 2].Text, token.Text] : [token.Text], [])
        {
            IsGrammar = !hasSchema && (Keywords.IsGrammarCall(token.Text) || token.Text is "cast" or "extract"),
        };
    }
}
