using System.Collections;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular.Queries;

/// <summary>
/// Makes NHibernate's query of one of LINQ before it is looked at. What its expression captures is evaluated then, which may load proxies and
/// collections into the user's session, or run queries of the user's own: that is executed like anything else. Thread-safe: stateless.
/// </summary>
internal static class LinqQuery
{
    /// <returns>The query; listing it evaluates nothing more of the expression.</returns>
    /// <exception cref="InvalidOperationException">It is not one of NHibernate's.</exception>
    public static IQuery Prepare(IQueryable query)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (query.Provider is not ISupportFutureBatchNhQueryProvider provider)
            throw new InvalidOperationException("It is not a query of NHibernate's.");
        var prepared = provider.GetPreparedQuery(query.Expression, out var expression);
        // A list is read when the query is listed, and what it is made of may be loaded as it is read.
        foreach (var list in expression.NamedParameters.Values.Where(parameter => parameter.IsCollection).Select(parameter => parameter.Value).OfType<IEnumerable>())
            _ = list.Cast<object?>().Count();
        return prepared;
    }
}
