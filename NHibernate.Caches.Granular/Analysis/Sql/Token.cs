namespace NHibernate.Caches.Granular.Analysis.Sql;

internal enum TokenKind
{
    /// <summary>An identifier or key word; <see cref="Token.Text"/> is folded unless <see cref="Token.IsQuoted"/>.</summary>
    Word,

    Number,

    /// <summary>A character string; <see cref="Token.Text"/> is its content when <see cref="Token.IsPlain"/>.</summary>
    String,

    /// <summary>A parameter; <see cref="Token.Text"/> is its name, empty for <c>?</c>.</summary>
    Parameter,

    /// <summary>Operator characters taken together as PostgreSQL does.</summary>
    Operator,

    /// <summary>One of <c>( ) [ ] , ; . :</c></summary>
    Punctuation,

    End,
}

/// <summary>One lexical element of a statement. Thread-safe: immutable.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text, normalised as the kind says.</param>
/// <param name="Start">Offset of its first character in the statement.</param>
/// <param name="End">Offset behind its last character.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Start, int End)
{
    /// <summary>A quoted identifier: never a key word.</summary>
    public bool IsQuoted { get; init; }

    /// <summary>A string whose content is certain: no escapes whose meaning depends on settings, no bit or Unicode string.</summary>
    public bool IsPlain { get; init; }

    public bool IsWord(string keyword) => Kind == TokenKind.Word && !IsQuoted && Text == keyword;

    public bool Is(string text) => Kind is TokenKind.Operator or TokenKind.Punctuation && Text == text;

    public override string ToString() => Kind == TokenKind.End ? "end of statement" : Text;
}
