using System.Globalization;

namespace NHibernate.Caches.Granular.Benchmarks;

/// <summary>How long does it take to be told a cached count? Nothing but the look-up itself: one row of one number.</summary>
public class CountHit : HitBenchmark
{
    protected override object Ask(ISession session) =>
        session.CreateQuery("select count(*) from Post p where p.BlogId = :blog").SetInt32("blog", 1).SetCacheable(true).UniqueResult<long>();

    protected override string Describe(object answer) => Convert.ToString(answer, CultureInfo.InvariantCulture) ?? "";
}
