using BenchmarkDotNet.Attributes;
using NHibernate.Caches.Granular.Benchmarks.Blog;

namespace NHibernate.Caches.Granular.Benchmarks;

/// <summary>
/// One question about a hit, asked three ways: a session is opened, one query is executed, the session is closed. Set-up and
/// clean-up assert that all ways give the same answer, that the database is asked by one statement without a cache and by none
/// with one. Not thread-safe: the standard variant's hash table is not.
/// </summary>
public abstract class HitBenchmark
{
    /// <summary>The database of the run; set before any benchmark starts.</summary>
    internal static BlogDatabase Database { get; set; } = null!;

    /// <summary>Whether the query runs in a transaction, at READ COMMITTED: then BEGIN and COMMIT go to the database, whatever is cached.</summary>
    [Params(false, true)]
    public bool Transaction { get; set; }

    /// <summary>The ways of asking, the baseline second.</summary>
    internal virtual Func<object>[] Variants => [NoCache, StandardQueryCache, GranularCache];

    /// <summary>The question and its parameters, for people.</summary>
    internal virtual string Title => $"{GetType().Name}, {(Transaction ? "in a transaction" : "without a transaction")}";

    /// <summary>The session factories that answer from a cache.</summary>
    private protected virtual ISessionFactory[] Cached => [Database.Standard, Database.Granular];

    [Benchmark]
    public object NoCache() => Ask(Database.Uncached);

    [Benchmark(Baseline = true)]
    public object StandardQueryCache() => Ask(Database.Standard);

    [Benchmark]
    public object GranularCache() => Ask(Database.Granular);

    [GlobalSetup]
    public void FillCaches()
    {
        foreach (var cached in Cached)
            Ask(cached);
        AssertThatVariantsAgree();
    }

    [GlobalCleanup]
    public void AssertThatVariantsAgree()
    {
        var expected = AskCounted(Database.Uncached, statements: 1);
        foreach (var cached in Cached)
        {
            var answer = AskCounted(cached, statements: 0);
            if (answer != expected)
                throw new InvalidOperationException($"The variants do not agree. Without cache: {expected}; from the cache: {answer}.");
        }
    }

    /// <summary>Executes the query.</summary>
    protected abstract object Ask(ISession session);

    /// <summary>The whole answer as text, to be compared.</summary>
    protected abstract string Describe(object answer);

    private protected object Ask(ISessionFactory factory)
    {
        using var session = factory.OpenSession();
        if (!Transaction)
            return Ask(session);
        using var transaction = session.BeginTransaction();
        var answer = Ask(session);
        transaction.Commit();
        return answer;
    }

    // NHibernate's statistics are on for this look only; they are no part of what is measured.
    private string AskCounted(ISessionFactory factory, long statements)
    {
        factory.Statistics.IsStatisticsEnabled = true;
        factory.Statistics.Clear();
        var answer = Describe(Ask(factory));
        var executed = factory.Statistics.PrepareStatementCount;
        factory.Statistics.IsStatisticsEnabled = false;
        if (executed != statements)
            throw new InvalidOperationException($"The query was to execute {statements} SQL statements, but executed {executed}.");
        return answer;
    }
}
