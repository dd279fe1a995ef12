using System.Diagnostics;
using NHibernate;
using Storefront.Workload;

namespace Storefront.Comparison;

/// <summary>Runs operations on one session factory and keeps count. Not thread-safe.</summary>
internal sealed class VariantRun(ISessionFactory factory)
{
    private readonly Stopwatch _watch = new();
    private readonly List<Answer> _answers = [];

    public Measurement Measure(IReadOnlyList<Operation> operations, IProgress<double> progress)
    {
        factory.Statistics.Clear();
        for (var i = 0; i < operations.Count; i++)
        {
            Run(operations[i]);
            if (i % 50 == 0)
                progress.Report((double)i / operations.Count);
        }
        progress.Report(1);
        var statistics = factory.Statistics;
        return new Measurement(statistics.QueryCacheHitCount, statistics.QueryCacheMissCount, statistics.PrepareStatementCount, _watch.Elapsed, _answers);
    }

    /// <summary>One operation in a session and a transaction of its own. Reading the answers for the comparison is not timed.</summary>
    public void Run(Operation operation)
    {
        _watch.Start();
        using (var session = factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            operation.Run(session, question => Ask(session, question));
            transaction.Commit();
        }
        _watch.Stop();
    }

    /// <summary>Asks one question by itself.</summary>
    /// <returns>The answer's parts, and whether all of them came from the query cache.</returns>
    public (IReadOnlyList<Answer> Answers, bool Hit) Ask(Question question)
    {
        var before = _answers.Count;
        var hits = factory.Statistics.QueryCacheHitCount;
        Run(new Page([question]));
        var answers = _answers.GetRange(before, _answers.Count - before);
        return (answers, factory.Statistics.QueryCacheHitCount - hits == answers.Count);
    }

    private void Ask(ISession session, Question question)
    {
        var parts = question.Ask(session);
        _watch.Stop();
        var reader = new AnswerReader(session);
        for (var part = 0; part < parts.Length; part++)
            _answers.Add(reader.Read(question, part, parts[part]));
        _watch.Start();
    }
}
