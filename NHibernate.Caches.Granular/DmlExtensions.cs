using System.Linq.Expressions;
using NHibernate.Caches.Granular.Queries;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular;

/// <summary>
/// Changes of many rows by one statement that drop no more than the rows make necessary. They do what <c>Update</c> and <c>Delete</c> of
/// NHibernate's LINQ do; beside it the rows are read, locked, before the statement, and returned by it. Outside of a transaction they run
/// in one of their own. Where rows cannot be told one by one (see docs/invalidation.md), what the statement itself says is invalidated,
/// as ever. Not thread-safe, as sessions are not.
/// </summary>
public static class DmlExtensions
{
    /// <summary>Updates the rows that the query selects.</summary>
    /// <param name="query">Entities of one type, restricted by Where.</param>
    /// <param name="setter">The columns to set: <c>post => new Post { Score = post.Score + 1 }</c>.</param>
    /// <returns>How many rows were updated.</returns>
    public static int InvalidatedUpdate<T>(this IQueryable<T> query, Expression<Func<T, T>> setter) => MassChanges.Run(query, changed => changed.Update(setter));

    /// <inheritdoc cref="InvalidatedUpdate{T}"/>
    public static Task<int> InvalidatedUpdateAsync<T>(this IQueryable<T> query, Expression<Func<T, T>> setter, CancellationToken cancellationToken = default) =>
        MassChanges.RunAsync(query, changed => changed.UpdateAsync(setter, cancellationToken), cancellationToken);

    /// <summary>Deletes the rows that the query selects.</summary>
    /// <param name="query">Entities of one type, restricted by Where.</param>
    /// <returns>How many rows were deleted.</returns>
    public static int InvalidatedDelete<T>(this IQueryable<T> query) => MassChanges.Run(query, static changed => changed.Delete());

    /// <inheritdoc cref="InvalidatedDelete{T}"/>
    public static Task<int> InvalidatedDeleteAsync<T>(this IQueryable<T> query, CancellationToken cancellationToken = default) =>
        MassChanges.RunAsync(query, changed => changed.DeleteAsync(cancellationToken), cancellationToken);
}
