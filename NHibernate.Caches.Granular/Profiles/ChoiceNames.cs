namespace NHibernate.Caches.Granular.Profiles;

/// <summary>The members of an enum as texts, in lower case. Thread-safe: stateless.</summary>
internal static class ChoiceNames
{
    /// <summary>Every name there is, for messages.</summary>
    public static string Known<T>()
        where T : struct, Enum => string.Join(" or ", Enum.GetValues<T>().Select(Print));

    public static string Print<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    /// <param name="text">A name in any case; no number.</param>
    /// <param name="value">What it names.</param>
    public static bool TryParse<T>(string text, out T value)
        where T : struct, Enum
    {
        foreach (var each in Enum.GetValues<T>())
        {
            value = each;
            if (Print(each).Equals(text.Trim(), StringComparison.OrdinalIgnoreCase))
                return true;
        }
        value = default;
        return false;
    }
}
