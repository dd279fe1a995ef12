namespace NHibernate.Caches.Granular.Analysis.Sql;

/// <summary>
/// Leaves the parser where it does not understand a statement. Caught by <see cref="SqlParser.Parse"/> and never seen outside:
/// callers get a typed result.
/// </summary>
internal sealed class SqlSyntaxException(string message, int position) : Exception(message)
{
    public int Position { get; } = position;
}
