using NHibernate.Cache;
using NHibernate.Caches.Granular.Diagnostics;

namespace NHibernate.Caches.Granular;

/// <summary>
/// Translates between NHibernate's string properties and <see cref="GranularCacheOptions"/>. Reading reports every fault at once.
/// Not thread-safe: one reader per start.
/// </summary>
internal sealed class OptionsReader
{
    public const string Prefix = "cache.granular.";

    private const string RegionPrefix = Prefix + "region.";
    private const string ExpirationSuffix = ".expiration";
    private const string SlidingSuffix = ".use_sliding_expiration";

    // Names that users of the NHibernate.Caches packages have in their configuration and that mean nothing in-process.
    private static readonly string[] s_ignored =
        ["cache.serializer", "cache.region_strategy", "cache.database", "cache.key_prefix", "cache.environment_name", Prefix + "redis_timeout", Prefix + "failure_policy", Prefix + "max_bytes"];

    private readonly IDictionary<string, string> _properties;
    private readonly List<string> _faults = [];
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly GranularCacheOptions _options = new();

    private OptionsReader(IDictionary<string, string> properties) => _properties = properties;

    /// <exception cref="CacheException">One or more properties are unknown, cannot be parsed or are out of range; the message lists all of them.</exception>
    public static GranularCacheOptions Read(IDictionary<string, string> properties) => new OptionsReader(properties).Read();

    /// <summary>The properties that say what these options say.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Write(GranularCacheOptions options)
    {
        var values = new Dictionary<string, string?>
        {
            [Prefix + "enabled"] = Text(options.Enabled),
            [Prefix + "database_identity"] = options.DatabaseIdentity,
            [Prefix + "lease"] = Text(options.Lease),
            [Prefix + "max_time_to_live"] = Text(options.MaxTimeToLive),
            ["cache.default_expiration"] = Text(options.Expiration),
            ["cache.use_sliding_expiration"] = Text(options.UseSlidingExpiration),
            [Prefix + "serializable"] = options.Serializable == SerializableTransactions.Read ? "read" : "bypass",
            [Prefix + "max_entries"] = Text(options.MaxEntries),
            [Prefix + "max_conjunctions"] = Text(options.MaxConjunctions),
            [Prefix + "max_in_values"] = Text(options.MaxInValues),
            [Prefix + "max_shapes_per_table"] = Text(options.MaxShapesPerTable),
            [Prefix + "max_rows"] = Text(options.MaxRows),
            [Prefix + "max_changes"] = Text(options.MaxChanges),
            [Prefix + "payloads"] = options.Payloads.Count > 0 ? options.Payloads.Carry() : null,
        };
        foreach (var (name, region) in options.Regions)
        {
            values[RegionPrefix + name + ExpirationSuffix] = region.Expiration is { } expiration ? Text(expiration) : null;
            values[RegionPrefix + name + SlidingSuffix] = region.UseSlidingExpiration is { } sliding ? Text(sliding) : null;
        }
        return values.Where(pair => pair.Value is not null).Select(pair => KeyValuePair.Create(pair.Key, pair.Value!));
    }

    private GranularCacheOptions Read()
    {
        Boolean(Prefix + "enabled", value => _options.Enabled = value);
        _options.DatabaseIdentity = Find(Prefix + "database_identity");
        Seconds(Prefix + "lease", 0.001, value => _options.Lease = value);
        Seconds(Prefix + "max_time_to_live", 1, value => _options.MaxTimeToLive = value);
        Seconds("expiration", 0.001, value => _options.Expiration = value);
        Seconds("cache.default_expiration", 0.001, value => _options.Expiration = value);
        Boolean("cache.use_sliding_expiration", value => _options.UseSlidingExpiration = value);
        OneOf(Prefix + "serializable", ["bypass", "read"], value => _options.Serializable = value == "read" ? SerializableTransactions.Read : SerializableTransactions.Bypass);
        OneOf(Prefix + "layout", ["auto", "shallow"], _ => { });
        OneOf(Prefix + "single_flight", ["off"], _ => { });
        Count(Prefix + "max_entries", value => _options.MaxEntries = value);
        Count(Prefix + "max_conjunctions", value => _options.MaxConjunctions = value);
        Count(Prefix + "max_in_values", value => _options.MaxInValues = value);
        Count(Prefix + "max_shapes_per_table", value => _options.MaxShapesPerTable = value);
        Count(Prefix + "max_rows", value => _options.MaxRows = value);
        Count(Prefix + "max_changes", value => _options.MaxChanges = value);
        ReadPayloads();
        ReadRegions();
        RefuseRedis();
        RefuseUnknown();
        if (_faults.Count > 0)
            throw new CacheException($"The granular cache cannot start. {string.Join(" ", _faults)}");
        WarnOfIgnored();
        return _options;
    }

    private void ReadPayloads()
    {
        const string name = Prefix + "payloads";
        if (Find(name) is not { } id)
            return;
        if (PayloadTypes.Carried(id) is { } types)
            _options.Payloads = types;
        else
            Fault(name, "names types that this process did not register; it is set by UseGranularCache and by nothing else");
    }

    private void ReadRegions()
    {
        foreach (var name in _properties.Keys.Where(name => name.StartsWith(RegionPrefix, StringComparison.Ordinal)))
        {
            if (name.EndsWith(ExpirationSuffix, StringComparison.Ordinal))
                Seconds(name, 0.001, value => Region(name, ExpirationSuffix).Expiration = value);
            else if (name.EndsWith(SlidingSuffix, StringComparison.Ordinal))
                Boolean(name, value => Region(name, SlidingSuffix).UseSlidingExpiration = value);
        }
    }

    private RegionOptions Region(string property, string suffix)
    {
        var name = property[RegionPrefix.Length..^suffix.Length];
        if (!_options.Regions.TryGetValue(name, out var region))
            _options.Regions[name] = region = new RegionOptions();
        return region;
    }

    private void RefuseRedis()
    {
        if (Find("cache.configuration") is not null)
            Fault("cache.configuration", "names a Redis server, which this version cannot use; remove it to cache in-process");
    }

    private void RefuseUnknown()
    {
        foreach (var name in _properties.Keys.Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            if (!_known.Contains(name) && !s_ignored.Contains(name))
                Fault(name, $"is not a property of the granular cache; it knows {string.Join(", ", _known.Where(IsOurs).Order(StringComparer.Ordinal))}");
        }

        static bool IsOurs(string name) => name.StartsWith(Prefix, StringComparison.Ordinal) && !name.StartsWith(RegionPrefix, StringComparison.Ordinal);
    }

    private void WarnOfIgnored()
    {
        var ignored = _properties.Keys.Where(name => s_ignored.Contains(name) || name.StartsWith("cache.lock.", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        if (ignored.Count > 0)
            Log.IgnoredProperties(string.Join(", ", ignored));
    }

    private void Boolean(string name, Action<bool> set)
    {
        if (Find(name) is not { } text)
            return;
        if (bool.TryParse(text, out var value))
            set(value);
        else
            Fault(name, $"is \"{text}\"; it takes true or false");
    }

    private void OneOf(string name, string[] allowed, Action<string> set)
    {
        if (Find(name) is not { } text)
            return;
        if (allowed.Contains(text, StringComparer.OrdinalIgnoreCase))
            set(text.ToLowerInvariant());
        else
            Fault(name, $"is \"{text}\"; this version takes {string.Join(" or ", allowed)}");
    }

    private void Count(string name, Action<int> set)
    {
        if (Find(name) is not { } text)
            return;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= 1)
            set(value);
        else
            Fault(name, $"is \"{text}\"; it takes a whole number from 1 to {int.MaxValue}");
    }

    private void Seconds(string name, double least, Action<TimeSpan> set)
    {
        if (Find(name) is not { } text)
            return;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value >= least && value <= int.MaxValue)
            set(TimeSpan.FromSeconds(value));
        else
            Fault(name, $"is \"{text}\"; it takes seconds from {least.ToString(CultureInfo.InvariantCulture)} to {int.MaxValue}");
    }

    private string? Find(string name)
    {
        _known.Add(name);
        return _properties.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
    }

    private void Fault(string name, string what) => _faults.Add($"Property \"{name}\" {what}.");

    private static string Text(bool value) => value ? "true" : "false";

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(TimeSpan value) => value.TotalSeconds.ToString(CultureInfo.InvariantCulture);
}
