namespace NHibernate.Caches.Granular.Tests.Scenarios;

/// <summary>What a committed change must mean for a cached query.</summary>
public enum Must
{
    /// <summary>The change alters the answer: it is never given from the cache again.</summary>
    Drop,

    /// <summary>The change cannot alter the answer: it is still given from the cache.</summary>
    Keep,

    /// <summary>Dropping is tolerated; which it was is printed.</summary>
    Either,

    /// <summary>
    /// The change alters an entity the answer lists, not the list: it must be seen. What is cached are ids, so it may be a hit.
    /// </summary>
    Refresh,

    /// <summary>The answer is never cached.</summary>
    NeverCache,
}

/// <summary>One cacheable query, executed through whichever API of NHibernate, and what must become of its answer.</summary>
public sealed record Expectation(Must Must, Func<ISession, object?> Query);

/// <summary>Cached queries, a change, and what must happen.</summary>
/// <param name="id">The number in the catalogue, such as A01; several scenarios may share it.</param>
/// <param name="situation">The query and the change, in words; unique.</param>
/// <param name="change">Runs in a session and transaction of its own, which commits.</param>
/// <param name="expected">Queries that must all be entries of their own.</param>
public sealed class Scenario(string id, string situation, Action<ISession> change, params Expectation[] expected)
{
    public string Id { get; } = id;

    public Action<ISession> Change { get; } = change;

    public IReadOnlyList<Expectation> Expected { get; } = expected;

    /// <summary>Rows beyond those of the blog, made before anything is asked.</summary>
    public Action<ISession> Given { get; init; } = _ => { };

    public TestCaseData Case => new TestCaseData(this).SetName(ToString());

    public override string ToString() => $"{Id} {situation}: {string.Join(", ", Expected.Select(expectation => Outcome(expectation.Must)))}";

    private static string Outcome(Must must) => must switch
    {
        Must.Drop => "dropped",
        Must.Keep => "kept",
        Must.Either => "kept or dropped",
        Must.Refresh => "refreshed",
        Must.NeverCache => "not cached",
        _ => throw new ArgumentOutOfRangeException(nameof(must)),
    };
}
