using NHibernate.Caches.Granular.Scopes;
using NHibernate.Engine;
using NHibernate.Hql;
using NHibernate.Hql.Ast.ANTLR;
using NHibernate.Hql.Ast.ANTLR.Tree;
using NHibernate.Linq;
using NHibernate.Loader.Hql;

namespace NHibernate.Caches.Granular.Queries;

/// <summary>
/// Has queries of HQL and LINQ loaded by a loader that asks their profile whether they are cached. Of translators and loaders that are not
/// NHibernate's own it leaves everything as it is. Thread-safe.
/// </summary>
internal sealed class ProfiledTranslatorFactory(IQueryTranslatorFactory inner, FactoryScope scope) : IQueryTranslatorFactory
{
    public IQueryTranslator[] CreateQueryTranslators(IQueryExpression queryExpression, string collectionRole, bool shallow, IDictionary<string, IFilter> filters, ISessionFactoryImplementor factory)
    {
        var translators = inner.CreateQueryTranslators(queryExpression, collectionRole, shallow, filters, factory);
        foreach (var translator in translators.OfType<QueryTranslatorImpl>())
        {
            // A shallow one reads row by row, and past every cache.
            if (!translator.IsManipulationStatement && !translator.IsShallowQuery && translator.QueryLoader?.GetType() == typeof(QueryLoader))
                Load(translator, AsksWhetherThereIsOne(queryExpression), factory);
        }
        return translators;
    }

    private void Load(QueryTranslatorImpl translator, bool isExists, ISessionFactoryImplementor factory)
    {
        var query = (QueryNode)translator.SqlAST;
        var root = query.FromClause.GetFromElements() is [FromElement first, ..] ? first.EntityPersister : null;
        var operation = isExists ? CachedOperations.Exists : TraitsOfQueries.OperationOf(translator.SQLString, root);
        var known = new QueryTraits(root?.EntityName, operation);
        scope.Traits.Know(translator.SqlString, known);
        NHibernateInternals.Replace(translator, new ProfiledQueryLoader(translator, factory, query.GetSelectClause(), scope, known));
    }

    /// <summary>Any, All and Contains of LINQ take a row and look whether it is there; nothing of that is in the query.</summary>
    private static bool AsksWhetherThereIsOne(IQueryExpression expression) =>
        NHibernateInternals.Unexpanded(expression) is ILinqQueryExpression { ExpressionToHqlTranslationResults.PostExecuteTransformer: Func<IEnumerable<bool>, bool> };
}
