using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Scopes;

namespace NHibernate.Caches.Granular.Queries;

/// <summary>
/// Keeps queries that read what a profile forbids out of the cache: with an error that says whose profile it is, or, where
/// <c>query.throw_never_cached</c> is off, without one. Thread-safe: stateless.
/// </summary>
internal static class ForbiddenTables
{
    /// <summary>Whether one of these query spaces holds what is forbidden.</summary>
    /// <exception cref="QueryException">One does, and NHibernate is set to throw then.</exception>
    public static bool AreIn(IEnumerable<string> spaces, FactoryScope factory) => factory.Profiles.ForbidsAny && Refuse(spaces.FirstOrDefault(space => factory.Profiles.ForbiddenIn(space) is not null), factory);

    /// <summary>Whether SQL reads what is forbidden, whatever has been said of it.</summary>
    /// <exception cref="QueryException">It does, and NHibernate is set to throw then.</exception>
    public static bool AreIn(Func<QueryPlan> plan, DatabaseScope scope) =>
        scope.Factory.Profiles.ForbidsAny && Refuse(scope.Factory.Profiles.ForbiddenSpaces.FirstOrDefault(space => scope.TablesOf(space).Any(plan().Tables.Contains)), scope.Factory);

    private static bool Refuse(string? space, FactoryScope factory)
    {
        if (space is null || factory.Profiles.ForbiddenIn(space) is not { } forbidden)
            return false;
        return !factory.Factory.Settings.QueryThrowNeverCached
            ? true
            : throw new QueryException($"A cacheable query reads {forbidden.Entity}, which the profile \"{forbidden.Pattern}\" forbids to be cached. Do not make the query cacheable, or change the profile; with query.throw_never_cached=false such queries are executed without the cache.");
    }
}
