namespace NHibernate.Caches.Granular.Analysis.Sql;

/// <summary>
/// Recursive descent over the tokens of one text: <c>SqlParser.Statements</c>, <c>.Queries</c>, <c>.From</c> and <c>.Expressions</c>
/// hold the rules, this part the means. It never goes back, so parameters are numbered as they are met.
/// </summary>
internal sealed partial class SqlParser
{
    private readonly ImmutableArray<Token> _tokens;
    private readonly List<string> _parameters = [];
    private int _position;
    private int _depth;

    private SqlParser(ImmutableArray<Token> tokens) => _tokens = tokens;

    /// <summary>Parses a text of one or several statements. Never throws.</summary>
    public static ParsedText Parse(string sql)
    {
        ImmutableArray<Token> tokens = [];
        try
        {
            tokens = Tokenizer.Tokenize(sql);
            var parser = new SqlParser(tokens);
            return new ParsedText(tokens, parser.Statements(), [.. parser._parameters], null);
        }
        catch (SqlSyntaxException exception)
        {
            return new ParsedText(tokens, [], [], $"{exception.Message} at {exception.Position}");
        }
    }

    private Token Current => Peek(0);

    private Token Peek(int offset) => _tokens[Math.Min(_position + offset, _tokens.Length - 1)];

    private bool Is(string text) => Current.Is(text);

    private bool IsWord(string word) => Current.IsWord(word);

    private bool IsWords(params ReadOnlySpan<string> words)
    {
        for (var i = 0; i < words.Length; i++)
        {
            if (!Peek(i).IsWord(words[i]))
                return false;
        }
        return true;
    }

    private Token Take()
    {
        var token = Current;
        if (token.Kind != TokenKind.End)
            _position++;
        return token;
    }

    private bool Accept(string text)
    {
        if (!Is(text))
            return false;
        _position++;
        return true;
    }

    private bool AcceptWord(string word)
    {
        if (!IsWord(word))
            return false;
        _position++;
        return true;
    }

    private bool AcceptAnyWord(params ReadOnlySpan<string> words)
    {
        foreach (var word in words)
        {
            if (AcceptWord(word))
                return true;
        }
        return false;
    }

    private void Expect(string text)
    {
        if (!Accept(text))
            throw Unexpected($"'{text}'");
    }

    private void ExpectWord(string word)
    {
        if (!AcceptWord(word))
            throw Unexpected($"'{word}'");
    }

    /// <summary>A name that is no key word.</summary>
    private string Name()
    {
        if (Current.Kind != TokenKind.Word || Keywords.IsReserved(Current))
            throw Unexpected("a name");
        return Take().Text;
    }

    /// <summary><c>schema.table</c>.</summary>
    private ImmutableArray<string> Path()
    {
        var path = ImmutableArray.CreateBuilder<string>();
        path.Add(Name());
        while (Accept("."))
            path.Add(NameAfterDot());
        return path.ToImmutable();
    }

    /// <summary>Behind a dot every word is a name.</summary>
    private string NameAfterDot() => Current.Kind == TokenKind.Word ? Take().Text : throw Unexpected("a name");

    private ImmutableArray<T> CommaList<T>(Func<T> item)
    {
        var items = ImmutableArray.CreateBuilder<T>();
        do
            items.Add(item());
        while (Accept(","));
        return items.ToImmutable();
    }

    private ImmutableArray<T> Parenthesized<T>(Func<T> item)
    {
        Expect("(");
        var items = CommaList(item);
        Expect(")");
        return items;
    }

    /// <summary>One more level of a rule that contains itself.</summary>
    private T Nested<T>(Func<T> rule)
    {
        if (++_depth > AnalysisLimits.MaxDepth)
            throw TooDeep();
        var result = rule();
        _depth--;
        return result;
    }

    /// <summary>Checks a node that a loop built upon another.</summary>
    private T Bounded<T>(T node)
        where T : SqlNode => node.Depth <= AnalysisLimits.MaxDepth ? node : throw TooDeep();

    private SqlSyntaxException TooDeep() => new($"more than {AnalysisLimits.MaxDepth} levels", Current.Start);

    private SqlSyntaxException Unexpected(string expected) => new($"expected {expected}, not '{Current}'", Current.Start);

    /// <summary>A parameter is named once however often it is used; <c>?</c> and a filter's parameter are new each time.</summary>
    private Parameter TakeParameter()
    {
        var name = Take().Text;
        var isNew = name.Length == 0 || name.Contains('.');
        var index = isNew ? -1 : _parameters.IndexOf(name);
        if (name.StartsWith('$') && int.TryParse(name.AsSpan(1), CultureInfo.InvariantCulture, out var number) && number is > 0 and <= short.MaxValue)
        {
            while (_parameters.Count < number)
                _parameters.Add("$" + (_parameters.Count + 1).ToString(CultureInfo.InvariantCulture));
            return new Parameter(number - 1);
        }
        if (index < 0)
        {
            index = _parameters.Count;
            _parameters.Add(name);
        }
        return new Parameter(index);
    }
}

/// <summary>What the parser made of a text. Thread-safe: immutable.</summary>
/// <param name="Tokens">Empty when not even these were certain.</param>
/// <param name="Statements">Empty on error, and for a text of comments only.</param>
/// <param name="Parameters">The names of the parameters in their order; an empty name for <c>?</c>.</param>
/// <param name="Error">What was not understood, and where; null when all was.</param>
internal sealed record ParsedText(ImmutableArray<Token> Tokens, ImmutableArray<Statement> Statements, ImmutableArray<string> Parameters, string? Error);
