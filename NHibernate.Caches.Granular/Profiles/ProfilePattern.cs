namespace NHibernate.Caches.Granular.Profiles;

/// <summary>Which entities a profile is for, and how specific that is. Thread-safe: stateless.</summary>
internal static class ProfilePattern
{
    private const string Below = ".*";

    /// <summary>With the star for which properties in XML write an underscore: the schema of NHibernate's files lets no star be part of a name.</summary>
    public static string WithStar(string pattern) => pattern == "_" || pattern.EndsWith("._", StringComparison.Ordinal) ? pattern[..^1] + "*" : pattern;

    /// <summary>What is wrong with a pattern; null when nothing is.</summary>
    public static string? WhatIsWrongWith(string pattern) =>
        pattern.TrimEnd('*').TrimEnd('.') is var name && name.Contains('*', StringComparison.Ordinal) ? "a star stands at the end only"
        : pattern.EndsWith('*') && pattern != CacheProfiles.DefaultPattern && !pattern.EndsWith(Below, StringComparison.Ordinal) ? "a star stands for what follows a dot"
        : pattern is Below ? "the star alone is for all entities"
        : null;

    /// <summary>How specific the pattern is for the entity; null when it is not for it. The greatest counts first.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="entityName">As NHibernate has it.</param>
    /// <param name="type">The mapped class; null when there is none.</param>
    public static int? Specificity(string pattern, string entityName, System.Type? type)
    {
        if (pattern == CacheProfiles.DefaultPattern)
            return 0;
        // A pattern of namespaces is less than any name.
        if (pattern.EndsWith(Below, StringComparison.Ordinal))
            return StartsWith(entityName, pattern) || StartsWith(type?.FullName, pattern) ? pattern.Length : null;
        if (Is(entityName, pattern))
            return int.MaxValue;
        var distance = 1;
        for (var each = type; each is not null; each = each.BaseType, distance++)
        {
            if (Is(each.FullName, pattern))
                return int.MaxValue - distance;
        }
        return null;
    }

    private static bool StartsWith(string? name, string pattern) => name?.StartsWith(pattern[..^1], StringComparison.OrdinalIgnoreCase) == true;

    private static bool Is(string? name, string pattern) => string.Equals(name, pattern, StringComparison.OrdinalIgnoreCase);
}
