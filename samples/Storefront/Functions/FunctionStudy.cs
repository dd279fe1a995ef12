using System.Diagnostics;
using NHibernate;
using Storefront.Comparison;
using Storefront.Data;
using Storefront.Workload;

namespace Storefront.Functions;

/// <summary>Calls one cached function again and again, with changes in between. Not thread-safe.</summary>
internal sealed class FunctionStudy
{
    private readonly int _shelf;
    private readonly (string When, Change? Change)[] _steps;

    public FunctionStudy(ShopDirectory shop)
    {
        var product = shop.Products.First(p => p.Visible);
        var other = shop.Products.First(p => p.Visible && p.Category != product.Category);
        _shelf = product.Category;
        _steps =
        [
            ("the first time", null),
            ("again", null),
            ("a price of another shelf changes", Changes.Price(other.Id, 1.1m)),
            ("a review is written", Changes.AddReview(product.Id, null, 1, 1)),
            ("the review is approved", Changes.ApproveReview(product.Id)),
            ("a product of this shelf is hidden", Changes.HideOrShow(product.Id)),
            ("again", null),
        ];
    }

    /// <returns>What each call found.</returns>
    public IReadOnlyList<FunctionCall> Run(ISessionFactory factory)
    {
        var run = new VariantRun(factory);
        var calls = new List<FunctionCall>();
        // NHibernate compiles each query once; that is not what is looked at.
        WithSession(factory, session => ShelfSummary.Of(session, _shelf + 1));
        foreach (var (when, change) in _steps)
        {
            if (change is not null)
                run.Run(change);
            var truth = WithSession(factory, session =>
            {
                session.CacheMode = CacheMode.Ignore;
                return ShelfSummary.Compute(session, _shelf);
            });
            var (statements, started) = (factory.Statistics.PrepareStatementCount, Stopwatch.GetTimestamp());
            var summary = WithSession(factory, session => ShelfSummary.Of(session, _shelf));
            calls.Add(new FunctionCall(when, summary, factory.Statistics.PrepareStatementCount - statements, Stopwatch.GetElapsedTime(started), summary != truth));
        }
        return calls;
    }

    private static T WithSession<T>(ISessionFactory factory, Func<ISession, T> call)
    {
        using var session = factory.OpenSession();
        using var transaction = session.BeginTransaction();
        var result = call(session);
        transaction.Commit();
        return result;
    }
}

/// <param name="When">After what.</param>
/// <param name="Summary">The answer.</param>
/// <param name="Statements">SQL statements that it took.</param>
/// <param name="Time">How long it took.</param>
/// <param name="IsStale">It was not what the database says.</param>
internal sealed record FunctionCall(string When, ShelfSummary Summary, long Statements, TimeSpan Time, bool IsStale);
