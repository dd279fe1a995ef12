using NHibernate.Caches.Granular.Profiles;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Engine;
using NHibernate.Hql.Ast.ANTLR;
using NHibernate.Hql.Ast.ANTLR.Tree;
using NHibernate.Loader.Hql;

namespace NHibernate.Caches.Granular.Queries;

/// <summary>Loads as NHibernate's own loader does, and takes queries for cacheable whose profile says so. Thread-safe, as loaders are.</summary>
internal sealed class ProfiledQueryLoader : QueryLoader
{
    private readonly Lazy<bool> _isCachedByProfile;

    public ProfiledQueryLoader(QueryTranslatorImpl translator, ISessionFactoryImplementor factory, SelectClause selectClause, FactoryScope scope, QueryTraits traits)
        : base(translator, factory, selectClause)
    {
        // An error where it was asked for by the query itself; here nobody has asked for more than the profile can give.
        _isCachedByProfile = new Lazy<bool>(() =>
            scope.Profiles.Of(traits.Entity).Caches(traits.Operation)
            && translator.SupportsQueryCache
            && !translator.QuerySpaces.Any(space => scope.Profiles.ForbiddenIn(space) is not null));
    }

    public override bool IsCacheable(QueryParameters queryParameters)
    {
        if (queryParameters.Cacheable || !_isCachedByProfile.Value || QuerySettings.Parse(queryParameters.CacheRegion).Settings.IsOff)
            return base.IsCacheable(queryParameters);
        // Several loaders may be given the same parameters, one after the other, and NHibernate asks each of them only here.
        queryParameters.Cacheable = true;
        try
        {
            return base.IsCacheable(queryParameters);
        }
        finally
        {
            queryParameters.Cacheable = false;
        }
    }
}
