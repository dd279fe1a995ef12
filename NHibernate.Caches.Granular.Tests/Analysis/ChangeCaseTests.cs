using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Tests.Cases;

namespace NHibernate.Caches.Granular.Tests.Analysis;

/// <summary>
/// <c>changes.cases</c>: <c>query {values} ← statement {values} ⇒ moved | kept</c>. Moved: a stamp that a cached result of the query
/// depends on is one that the statement moves.
/// </summary>
internal sealed class ChangeCaseTests
{
    [TestCaseSource(nameof(Cases))]
    public void Statement_moves_or_keeps_result(string input, string expected)
    {
        var parts = input.Split('←');
        var (query, queryValues) = Split(parts[0]);
        var (statement, statementValues) = Split(parts[1]);
        var dependencies = QueryCaseTests.Analyze(query).Bind(queryValues);
        var change = DmlAnalyzer.Analyze(statement, TestSchema.Instance, AnalysisLimits.Default).Bind(statementValues);
        Assert.That(Moves(change, dependencies) ? "moved" : "kept", Is.EqualTo(expected), string.Join('\n', change.Findings));
    }

    internal static bool Moves(StatementChange change, Dependencies dependencies, bool trustLoaded = false)
    {
        var moved = new MovedStamps();
        if (change.MovesScope)
            moved.Add(StampKey.Scope);
        Shape[] shapes = [.. dependencies.Uses.Select(use => use.Shape)];
        foreach (var row in change.Rows)
            ChangeMatcher.Match(row, shapes, trustLoaded, moved);
        return dependencies.Keys.Concat(dependencies.Uses.SelectMany(use => use.Conjunctions.Prepend(use.Shape.Key))).Any(moved.Contains);
    }

    private static IEnumerable<TestCaseData> Cases() => CaseFile.Read("changes.cases");

    private static (string Sql, object?[] Values) Split(string text)
    {
        var open = text.IndexOf('{', StringComparison.Ordinal);
        return open < 0 ? (text.Trim(), []) : (text[..open].Trim(), [.. text.Trim()[open..].Trim(' ', '{', '}').Split(", ").Select(Value)]);
    }

    private static object? Value(string text) => text switch
    {
        "null" => null,
        "true" or "false" => text == "true",
        ['\'', .. var content, '\''] => content,
        _ when text.Contains('.', StringComparison.Ordinal) => decimal.Parse(text, CultureInfo.InvariantCulture),
        _ => long.Parse(text, CultureInfo.InvariantCulture),
    };
}
