using NHibernate.Caches.Granular.Stamps;
namespace NHibernate.Caches.Granular.Analysis;
internal static class Temp { extension(QueryPlan plan) { public ImmutableArray<Shape> Shapes => [.. plan.Tables.Select(Shape.Any)]; } }
