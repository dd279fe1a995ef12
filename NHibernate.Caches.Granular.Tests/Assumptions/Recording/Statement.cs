using System.Data.Common;
using System.Text.RegularExpressions;

namespace NHibernate.Caches.Granular.Tests.Assumptions.Recording;

/// <summary>A statement as the batcher got it. Thread-safe: immutable.</summary>
/// <param name="Way">The batcher's method.</param>
/// <param name="Text">The command's text.</param>
/// <param name="Values">The bound values at that moment.</param>
internal sealed partial record Statement(string Way, string Text, object?[] Values)
{
    /// <summary>Verb and first table: enough to tell a test's statements apart.</summary>
    public static string Name(string sql)
    {
        var match = Verb().Match(sql);
        return match.Success ? $"{match.Groups["verb"].Value.ToUpperInvariant()} {match.Groups["table"].Value}" : sql;
    }

    public static Statement Of(string way, DbCommand command) =>
        new(way, command.CommandText, [.. command.Parameters.Cast<DbParameter>().Select(parameter => parameter.Value)]);

    [GeneratedRegex(@"^\s*(?:/\*.*?\*/\s*)?(?<verb>insert|update|delete|select)\b(?:\s+into|.*?\bfrom)?\s+(?<table>\w+)", RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex Verb();
}
