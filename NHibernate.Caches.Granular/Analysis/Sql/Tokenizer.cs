using System.Buffers;
using System.Text;

namespace NHibernate.Caches.Granular.Analysis.Sql;

/// <summary>
/// Cuts a statement into tokens: PostgreSQL's lexical rules, and other databases' quoting where both can be told apart. Where
/// they cannot, it refuses, because a token boundary taken wrongly could hide a condition.
/// </summary>
internal ref struct Tokenizer
{
    private const string OperatorCharacters = "+-*/<>=~!@#%^&|";

    private static readonly SearchValues<char> s_unusual = SearchValues.Create("~!@#%^&|");

    private readonly ReadOnlySpan<char> _sql;
    private readonly ImmutableArray<Token>.Builder _tokens;
    private int _position;
    private int _brackets;

    private Tokenizer(string sql)
    {
        _sql = sql;
        _tokens = ImmutableArray.CreateBuilder<Token>();
    }

    /// <summary>The tokens, the last of kind <see cref="TokenKind.End"/>.</summary>
    /// <exception cref="SqlSyntaxException">The text cannot be cut without doubt, or is too long.</exception>
    public static ImmutableArray<Token> Tokenize(string sql)
    {
        var tokenizer = new Tokenizer(sql);
        while (tokenizer.SkipBlanksAndComments())
        {
            if (tokenizer._tokens.Count >= AnalysisLimits.MaxTokens)
                throw new SqlSyntaxException($"more than {AnalysisLimits.MaxTokens} tokens", tokenizer._position);
            tokenizer.Next();
        }
        tokenizer._tokens.Add(new Token(TokenKind.End, "", sql.Length, sql.Length));
        return tokenizer._tokens.ToImmutable();
    }

    private readonly char Current => Peek(0);

    private readonly char Peek(int offset) => _position + offset < _sql.Length ? _sql[_position + offset] : '\0';

    private void Next()
    {
        var c = Current;
        if (c == '\'')
            String(isPlain: true, _position);
        else if (IsWordStart(c))
            Word();
        else if (char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(Peek(1))))
            Number();
        else if (c is '"' or '`')
            Quoted(c, c);
        else if (c == '[' && !IsSubscript())
            Quoted('[', ']');
        else if (c == '$')
            Dollar();
        else if (c == '?')
            Add(TokenKind.Parameter, "", _position, ++_position);
        else if (c == ':' || (c == '@' && IsWordStart(Peek(1))))
            Named(c);
        else if (OperatorCharacters.Contains(c))
            Operator();
        else if ("()[],;.".Contains(c))
            Punctuation(c);
        else
            throw Refuse("unexpected character");
    }

    private bool SkipBlanksAndComments()
    {
        while (_position < _sql.Length)
        {
            if (Current is ' ' or '\t' or '\n' or '\r' or '\f' or '\v')
                _position++;
            else if (Current == '-' && Peek(1) == '-')
                SkipLine();
            else if (Current == '/' && Peek(1) == '*')
                SkipBlock();
            else
                return true;
        }
        return false;
    }

    private void SkipLine()
    {
        // In MySQL "5--3" is a subtraction: there a comment needs a blank behind the dashes.
        if (Peek(2) is not ('\0' or ' ' or '\t' or '\r' or '\n' or '-'))
            throw Refuse("'--' without a blank is a comment or a subtraction");
        while (_position < _sql.Length && Current is not ('\n' or '\r'))
            _position++;
    }

    private void SkipBlock()
    {
        if (Peek(2) == '!')
            throw Refuse("a comment that MySQL executes");
        var start = _position;
        var depth = 0;
        do
        {
            if (_position >= _sql.Length)
                throw new SqlSyntaxException("unterminated comment", start);
            if (Current == '/' && Peek(1) == '*')
                (depth, _position) = (depth + 1, _position + 2);
            else if (Current == '*' && Peek(1) == '/')
                (depth, _position) = (depth - 1, _position + 2);
            else
                _position++;
        }
        while (depth > 0);
    }

    private void Word()
    {
        var start = _position;
        while (IsWordPart(Current))
            _position++;
        var text = Fold(_sql[start.._position]);
        if (Current == '\'' && text is "e" or "n" or "b" or "x")
            PrefixedString(text, start);
        else if (text == "u" && Current == '&' && Peek(1) is '\'' or '"')
            throw Refuse("a Unicode escape");
        else
            Add(TokenKind.Word, text, start, _position);
    }

    private void PrefixedString(string prefix, int start)
    {
        if (prefix == "e")
            EscapeString(start);
        else
            String(isPlain: prefix == "n", start);
    }

    /// <summary><c>'it''s'</c>. A backslash is itself or an escape, as the database is set: before a quote that decides where the string ends.</summary>
    private void String(bool isPlain, int start)
    {
        var content = new StringBuilder();
        for (_position++; ; _position++)
        {
            if (_position >= _sql.Length)
                throw new SqlSyntaxException("unterminated string", start);
            if (Current == '\\')
            {
                isPlain = false;
                if (Peek(1) == '\'')
                    throw Refuse("a backslash before a quote");
            }
            else if (Current == '\'')
            {
                if (Peek(1) != '\'')
                    break;
                _position++;
            }
            content.Append(Current);
        }
        _position++;
        _tokens.Add(new Token(TokenKind.String, content.ToString(), start, _position) { IsPlain = isPlain });
    }

    /// <summary><c>E'it\'s'</c>: only its end matters, unless it has no escape at all.</summary>
    private void EscapeString(int start)
    {
        var content = new StringBuilder();
        var isPlain = true;
        for (_position++; ; _position++)
        {
            if (_position >= _sql.Length)
                throw new SqlSyntaxException("unterminated string", start);
            if (Current == '\\')
                (isPlain, _position) = (false, _position + 1);
            else if (Current == '\'' && Peek(1) == '\'')
                _position++;
            else if (Current == '\'')
                break;
            content.Append(Current);
        }
        _position++;
        _tokens.Add(new Token(TokenKind.String, content.ToString(), start, _position) { IsPlain = isPlain });
    }

    private void Quoted(char open, char close)
    {
        var start = _position;
        var content = new StringBuilder();
        for (_position++; ; _position++)
        {
            if (_position >= _sql.Length)
                throw new SqlSyntaxException($"unterminated {open}", start);
            if (Current == close)
            {
                if (Peek(1) != close)
                    break;
                _position++;
            }
            content.Append(Current);
        }
        _position++;
        _tokens.Add(new Token(TokenKind.Word, content.ToString(), start, _position) { IsQuoted = true });
    }

    /// <summary><c>$1</c>, <c>$$text$$</c>, <c>$tag$text$tag$</c>.</summary>
    private void Dollar()
    {
        var start = _position++;
        while (char.IsAsciiDigit(Current))
            _position++;
        if (_position > start + 1)
        {
            Add(TokenKind.Parameter, _sql[start.._position].ToString(), start, _position);
            return;
        }
        while (char.IsLetterOrDigit(Current) || Current == '_')
            _position++;
        if (Current != '$')
            throw Refuse("unexpected '$'");
        var tag = _sql[start..++_position];
        var length = _sql[_position..].IndexOf(tag);
        if (length < 0)
            throw new SqlSyntaxException("unterminated string", start);
        var content = _sql.Slice(_position, length).ToString();
        _position += length + tag.Length;
        _tokens.Add(new Token(TokenKind.String, content, start, _position) { IsPlain = true });
    }

    /// <summary>
    /// <c>:p0</c>, <c>@p0</c>, a dynamic filter's <c>:filter.parameter</c>, the cast <c>::</c>, or the colon of an array slice.
    /// </summary>
    private void Named(char mark)
    {
        var start = _position++;
        if (mark == ':' && Current is ':' or '=')
        {
            Add(TokenKind.Operator, Current == ':' ? "::" : ":=", start, ++_position);
            return;
        }
        if (!IsWordStart(Current) && !(char.IsAsciiDigit(Current) && _brackets == 0))
        {
            Add(TokenKind.Punctuation, ":", start, _position);
            return;
        }
        while (IsWordPart(Current) || (mark == ':' && Current == '.' && IsWordStart(Peek(1))))
            _position++;
        Add(TokenKind.Parameter, _sql[start.._position].ToString(), start, _position);
    }

    private void Number()
    {
        var start = _position;
        if (Current == '0' && Peek(1) is 'x' or 'X' or 'o' or 'O' or 'b' or 'B')
        {
            while (char.IsAsciiLetterOrDigit(Current) || Current == '_')
                _position++;
        }
        else
        {
            Digits();
            // A range such as 1..2 is no fraction.
            if (Current == '.' && Peek(1) != '.')
            {
                _position++;
                Digits();
            }
            if (Current is 'e' or 'E' && (char.IsAsciiDigit(Peek(1)) || (Peek(1) is '+' or '-' && char.IsAsciiDigit(Peek(2)))))
            {
                _position += 2;
                Digits();
            }
        }
        Add(TokenKind.Number, _sql[start.._position].ToString(), start, _position);
    }

    private void Digits()
    {
        while (char.IsAsciiDigit(Current) || (Current == '_' && char.IsAsciiDigit(Peek(1))))
            _position++;
    }

    /// <summary>PostgreSQL's rule: as many characters as possible, but a trailing sign belongs to what follows after a plain operator.</summary>
    private void Operator()
    {
        var start = _position;
        do
            _position++;
        while (OperatorCharacters.Contains(Current)
            && !(Current == '-' && Peek(1) == '-')
            && !(Current == '/' && Peek(1) == '*')
            && !(Current == '@' && IsWordStart(Peek(1))));
        while (_position > start + 1 && _sql[_position - 1] is '+' or '-' && _sql[start.._position].IndexOfAny(s_unusual) < 0)
            _position--;
        Add(TokenKind.Operator, _sql[start.._position].ToString(), start, _position);
    }

    private void Punctuation(char c)
    {
        if (c == '[')
            _brackets++;
        else if (c == ']')
            _brackets--;
        Add(TokenKind.Punctuation, c.ToString(), _position, ++_position);
    }

    /// <summary>Whether a bracket subscripts what stands directly before it (<c>tags[1]</c>, <c>array[1, 2]</c>) and does not quote a name.</summary>
    private readonly bool IsSubscript()
    {
        if (_tokens.Count == 0)
            return false;
        var before = _tokens[^1];
        if (before.IsWord("array"))
            return true;
        if (before.End != _position)
            return before.Is("[") || (_brackets > 0 && before.Is(","));
        return before.Kind is TokenKind.Word or TokenKind.Parameter or TokenKind.String || before.Is(")") || before.Is("]") || before.Is("[")
            || (_brackets > 0 && before.Is(","));
    }

    private readonly void Add(TokenKind kind, string text, int start, int end) => _tokens.Add(new Token(kind, text, start, end));

    private readonly SqlSyntaxException Refuse(string what) => new(what, _position);

    private static bool IsWordStart(char c) => char.IsLetter(c) || c == '_' || char.IsSurrogate(c);

    private static bool IsWordPart(char c) => char.IsLetterOrDigit(c) || c is '_' or '$' || char.IsSurrogate(c);

    /// <summary>ASCII letters only, as PostgreSQL folds names.</summary>
    private static string Fold(ReadOnlySpan<char> word)
    {
        var folded = new StringBuilder(word.Length);
        foreach (var c in word)
            folded.Append(char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c);
        return folded.ToString();
    }
}
