using System.Text;
using Microsoft.Extensions.Configuration;
using NHibernate.Cache;

namespace NHibernate.Caches.Granular.Hosting;

/// <summary>
/// Turns a section of an application's configuration into the properties that NHibernate takes. The section names options as code does, and
/// its times may be seconds or texts such as <c>00:05:00</c>. What values may be is the library's to say. Thread-safe: stateless.
/// </summary>
internal static class SectionReader
{
    private const string Granular = "cache.granular.";

    /// <summary>The names of options in a section, and as properties.</summary>
    public static ImmutableDictionary<string, string> Properties { get; } = ImmutableDictionary.CreateRange(StringComparer.OrdinalIgnoreCase, new Dictionary<string, string>
    {
        ["Expiration"] = "cache.default_expiration",
        ["UseSlidingExpiration"] = "cache.use_sliding_expiration",
        ["Redis:Configuration"] = "cache.configuration",
        ["Redis:Database"] = "cache.database",
        ["Redis:KeyPrefix"] = "cache.key_prefix",
        ["Redis:EnvironmentName"] = "cache.environment_name",
        ["Redis:Timeout"] = Granular + "redis_timeout",
        ["Redis:FailurePolicy"] = Granular + "failure_policy",
        ["Redis:MaxBytes"] = Granular + "max_bytes",
    });

    // All others are named alike in both.
    private static readonly ImmutableHashSet<string> s_inCodeOnly = ["Redis", "Regions", "Profiles", "Payloads", "Expiration", "UseSlidingExpiration"];

    private static readonly ImmutableDictionary<string, string> s_alike = typeof(GranularCacheOptions).GetProperties().Select(property => property.Name).Where(name => !s_inCodeOnly.Contains(name))
        .ToImmutableDictionary(name => name, name => Granular + Snake(name), StringComparer.OrdinalIgnoreCase);

    private static readonly ImmutableHashSet<string> s_ofRegions = typeof(RegionOptions).GetProperties().Select(property => property.Name).ToImmutableHashSet(StringComparer.OrdinalIgnoreCase);

    /// <exception cref="CacheException">The section holds what is no option; the message names all of it.</exception>
    public static IEnumerable<KeyValuePair<string, string>> Read(IConfiguration section)
    {
        var root = (section as IConfigurationSection)?.Path;
        var (found, unknown) = (new List<KeyValuePair<string, string>>(), new List<string>());
        foreach (var (path, value) in Values(section, ""))
        {
            if (PropertyOf(path) is { } property)
                found.Add(new(property, Seconds(value)));
            else
                unknown.Add(root is null ? path : ConfigurationPath.Combine(root, path));
        }
        return unknown.Count == 0 ? found
            : throw new CacheException($"The granular cache cannot start. The configuration holds what is no option of it: {string.Join(", ", unknown)}. It knows {string.Join(", ", Properties.Keys.Concat(s_alike.Keys).Order(StringComparer.Ordinal))}, Regions:NAME:OPTION and Profiles:PATTERN:SETTING.");
    }

    private static IEnumerable<(string Path, string Value)> Values(IConfiguration section, string path)
    {
        foreach (var child in section.GetChildren())
        {
            var name = path.Length == 0 ? child.Key : ConfigurationPath.Combine(path, child.Key);
            var children = child.GetChildren().ToList();
            if (children.Count > 0 && children.All(IsItem))
            {
                // A list is one value: names with commas between them.
                yield return (name, string.Join(", ", children.Select(each => each.Value)));
                continue;
            }
            if (child.Value is { } value)
                yield return (name, value);
            foreach (var below in Values(child, name))
                yield return below;
        }
    }

    private static bool IsItem(IConfigurationSection section) => section.Value is not null && int.TryParse(section.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private static string? PropertyOf(string path)
    {
        if (Properties.TryGetValue(path, out var property) || s_alike.TryGetValue(path, out property))
            return property;
        return path.Split(ConfigurationPath.KeyDelimiter) switch
        {
            [var group, var name, var option] when Is(group, "Regions") && s_ofRegions.Contains(option) => $"{Granular}region.{name}.{Snake(option)}",
            [var group, var pattern, .. { Length: > 0 } setting] when Is(group, "Profiles") => $"{Granular}profile.{(Is(pattern, "Default") ? "*" : pattern)}.{string.Join('.', setting.Select(Snake))}",
            _ => null,
        };
    }

    private static bool Is(string name, string other) => name.Equals(other, StringComparison.OrdinalIgnoreCase);

    private static string Seconds(string value) =>
        value.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParseExact(value, "c", CultureInfo.InvariantCulture, out var time) ? time.TotalSeconds.ToString(CultureInfo.InvariantCulture) : value;

    // MaxInValues is max_in_values.
    private static string Snake(string name)
    {
        var text = new StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            if (i > 0 && char.IsUpper(name[i]) && char.IsLower(name[i - 1]))
                text.Append('_');
            text.Append(char.ToLowerInvariant(name[i]));
        }
        return text.ToString();
    }
}
