using NHibernate.Cache;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Profiles;
using NHibernate.Caches.Granular.Scopes;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular;

/// <summary>
/// Translates between NHibernate's string properties and <see cref="GranularCacheOptions"/>. Reading reports every fault at once.
/// Not thread-safe: one reader per start.
/// </summary>
internal sealed class OptionsReader
{
    public const string Prefix = "cache.granular.";

    private const string RegionPrefix = Prefix + "region.";
    private const string ProfilePrefix = Prefix + "profile.";
    private const string ExpirationSuffix = ".expiration";
    private const string SlidingSuffix = ".use_sliding_expiration";
    private const string LayoutSuffix = ".layout";
    private const string Configuration = "cache.configuration";
    private const string Registration = Prefix + "registration";

    // A value of Redis is no longer.
    private const int MostBytes = 512 * 1024 * 1024;

    // What says how Redis is used, and means nothing without it.
    private static readonly string[] s_ofRedis =
        ["cache.database", "cache.key_prefix", "cache.environment_name", Prefix + "redis_timeout", Prefix + "failure_policy", Prefix + "max_bytes"];

    private readonly IDictionary<string, string> _properties;
    private readonly List<string> _faults = [];
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly GranularCacheOptions _options = new();

    private OptionsReader(IDictionary<string, string> properties) => _properties = properties;

    /// <param name="properties">Of the configuration.</param>
    /// <param name="dialect">Of the session factory. Null: not known, and whether it suits the options is not checked.</param>
    /// <exception cref="CacheException">One or more properties are unknown, cannot be parsed or are out of range; the message lists all of them.</exception>
    public static GranularCacheOptions Read(IDictionary<string, string> properties, Dialect.Dialect? dialect = null)
    {
        var reader = new OptionsReader(properties);
        reader.ReadAll();
        reader.Check(dialect);
        if (reader._faults.Count > 0)
            throw new CacheException($"The granular cache cannot start. {string.Join(" ", reader._faults)}");
        reader.Warn();
        return reader._options;
    }

    /// <summary>What of the properties can be read; what is wrong with the others is told when the session factory is built.</summary>
    public static GranularCacheOptions ReadWithoutFaults(IDictionary<string, string> properties)
    {
        var reader = new OptionsReader(properties);
        reader.ReadAll();
        return reader._options;
    }

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
            [Prefix + "log_values"] = Text(options.LogValues),
            [Prefix + "layout"] = Text(options.Layout),
            [Prefix + "max_entries"] = Text(options.MaxEntries),
            [Prefix + "max_conjunctions"] = Text(options.MaxConjunctions),
            [Prefix + "max_in_values"] = Text(options.MaxInValues),
            [Prefix + "max_shapes_per_table"] = Text(options.MaxShapesPerTable),
            [Prefix + "max_rows"] = Text(options.MaxRows),
            [Prefix + "max_changes"] = Text(options.MaxChanges),
            [Prefix + "single_flight"] = options.SingleFlight.ToString().ToLowerInvariant(),
            [Prefix + "single_flight_wait"] = Text(options.SingleFlightWait),
            [Configuration] = options.Redis.Configuration,
            ["cache.database"] = options.Redis.Database is { } database ? Text(database) : null,
            ["cache.key_prefix"] = options.Redis.KeyPrefix,
            ["cache.environment_name"] = options.Redis.EnvironmentName,
            [Prefix + "redis_timeout"] = Text(options.Redis.Timeout),
            [Prefix + "failure_policy"] = options.Redis.FailurePolicy == FailurePolicy.Strict ? "strict" : "degrade",
            [Prefix + "max_bytes"] = Text(options.Redis.MaxBytes),
            [Registration] = RegistrationOf(options),
        };
        foreach (var (name, region) in options.Regions)
        {
            values[RegionPrefix + name + ExpirationSuffix] = region.Expiration is { } expiration ? Text(expiration) : null;
            values[RegionPrefix + name + SlidingSuffix] = region.UseSlidingExpiration is { } sliding ? Text(sliding) : null;
            values[RegionPrefix + name + LayoutSuffix] = region.Layout is { } layout ? Text(layout) : null;
        }
        foreach (var (pattern, profile) in options.Profiles.ByPattern)
        {
            foreach (var (setting, value) in ProfileSettings.Write(profile))
                values[$"{ProfilePrefix}{pattern}.{setting}"] = value;
        }
        return values.Where(pair => pair.Value is not null).Select(pair => KeyValuePair.Create(pair.Key, pair.Value!));
    }

    private static string? RegistrationOf(GranularCacheOptions options)
    {
        var objects = new CarriedObjects(options.Redis.ConnectionMultiplexer, options.Redis.Connect, options.Payloads.IsEmpty ? null : options.Payloads);
        return objects == CarriedObjects.None ? null : Carriers.Register(objects);
    }

    private void ReadAll()
    {
        Boolean(Prefix + "enabled", value => _options.Enabled = value);
        _options.DatabaseIdentity = Find(Prefix + "database_identity");
        Seconds(Prefix + "lease", 0.001, value => _options.Lease = value);
        Seconds(Prefix + "max_time_to_live", 1, value => _options.MaxTimeToLive = value);
        Seconds("expiration", 0.001, value => _options.Expiration = value);
        Seconds("cache.default_expiration", 0.001, value => _options.Expiration = value);
        Boolean("sliding", value => _options.UseSlidingExpiration = value);
        Boolean("cache.use_sliding_expiration", value => _options.UseSlidingExpiration = value);
        OneOf(Prefix + "serializable", ["bypass", "read"], value => _options.Serializable = value == "read" ? SerializableTransactions.Read : SerializableTransactions.Bypass);
        Boolean(Prefix + "log_values", value => _options.LogValues = value);
        Layout(Prefix + "layout", value => _options.Layout = value);
        OneOf(Prefix + "single_flight", ["off", "process", "nodes"], value => _options.SingleFlight = Enum.Parse<SingleFlight>(value, ignoreCase: true));
        Seconds(Prefix + "single_flight_wait", 0.001, value => _options.SingleFlightWait = value, most: 60);
        Count(Prefix + "max_entries", value => _options.MaxEntries = value);
        Count(Prefix + "max_conjunctions", value => _options.MaxConjunctions = value);
        Count(Prefix + "max_in_values", value => _options.MaxInValues = value);
        Count(Prefix + "max_shapes_per_table", value => _options.MaxShapesPerTable = value);
        Count(Prefix + "max_rows", value => _options.MaxRows = value);
        Count(Prefix + "max_changes", value => _options.MaxChanges = value);
        ReadRedis(_options.Redis);
        ReadRegistration();
        ReadRegions();
        ReadProfiles();
    }

    private void ReadRedis(RedisOptions redis)
    {
        redis.Configuration = Find(Configuration);
        if (Find("cache.database") is { } database)
        {
            if (int.TryParse(database, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= -1)
                redis.Database = number < 0 ? null : number;
            else
                Fault("cache.database", $"is \"{database}\"; it takes a whole number from -1 to {int.MaxValue}, -1 being the one that cache.configuration names");
        }
        redis.KeyPrefix = PartOfKeys("cache.key_prefix");
        redis.EnvironmentName = PartOfKeys("cache.environment_name");
        Seconds(Prefix + "redis_timeout", 0.01, value => redis.Timeout = value, most: 60);
        OneOf(Prefix + "failure_policy", ["degrade", "strict"], value => redis.FailurePolicy = value == "strict" ? FailurePolicy.Strict : FailurePolicy.Degrade);
        Count(Prefix + "max_bytes", value => redis.MaxBytes = value, MostBytes);
    }

    private void ReadRegistration()
    {
        if (Find(Registration) is not { } id)
            return;
        if (Carriers.Find(id) is { } objects)
            (_options.Redis.ConnectionMultiplexer, _options.Redis.Connect, _options.Payloads) = (objects.Multiplexer, objects.Connect, objects.Payloads ?? _options.Payloads);
        else
            Fault(Registration, "names objects that are not in this process, or no longer; call UseGranularCache on the configuration that the session factory is built from, or remove the property");
    }

    // In a cluster, what stands between braces says on which node a key lies.
    private string? PartOfKeys(string name)
    {
        var text = Find(name);
        if (text?.AsSpan().ContainsAny('{', '}') != true)
            return text;
        Fault(name, $"is \"{text}\"; it takes any text without braces");
        return null;
    }

    private void ReadRegions()
    {
        foreach (var name in _properties.Keys.Where(name => name.StartsWith(RegionPrefix, StringComparison.Ordinal)))
        {
            if (name.EndsWith(ExpirationSuffix, StringComparison.Ordinal))
                Seconds(name, 0.001, value => Region(name, ExpirationSuffix).Expiration = value);
            else if (name.EndsWith(SlidingSuffix, StringComparison.Ordinal))
                Boolean(name, value => Region(name, SlidingSuffix).UseSlidingExpiration = value);
            else if (name.EndsWith(LayoutSuffix, StringComparison.Ordinal))
                Layout(name, value => Region(name, LayoutSuffix).Layout = value);
        }
    }

    private void ReadProfiles()
    {
        foreach (var name in _properties.Keys.Where(name => name.StartsWith(ProfilePrefix, StringComparison.Ordinal)).ToList())
        {
            var (pattern, setting) = ProfileSettings.Split(name[ProfilePrefix.Length..]);
            if (Find(name) is not { } text)
                continue;
            if (pattern.Length == 0 || setting.Length == 0)
                Fault(name, $"does not say what of which profile; it takes {ProfilePrefix}PATTERN.SETTING, and settings are {ProfileSettings.Known}");
            else if (ProfilePattern.WhatIsWrongWith(pattern) is { } wrong)
                Fault(name, $"names the profile \"{pattern}\", but {wrong}; it takes the full name of a class, a namespace followed by .*, or * alone");
            else if (ProfileSettings.TryRead(_options.Profiles.At(pattern), setting, text) is { } taken)
                Fault(name, $"is \"{text}\"; it takes {taken}");
        }
        foreach (var pattern in _options.Profiles.ByPattern.Where(each => each.Value is { Forbidden: true, Operations: not (null or CachedOperations.None) }).Select(each => each.Key))
            Fault($"{ProfilePrefix}{pattern}.forbidden", "is true, and the same profile names operations that are cached; remove one of the two");
    }

    private RegionOptions Region(string property, string suffix)
    {
        var name = property[RegionPrefix.Length..^suffix.Length];
        if (!_options.Regions.TryGetValue(name, out var region))
            _options.Regions[name] = region = new RegionOptions();
        return region;
    }

    private void Check(Dialect.Dialect? dialect)
    {
        var redis = _options.Redis;
        if (redis.Configuration is { } configuration && WhatIsWrongWith(configuration) is { } wrong)
            Fault(Configuration, wrong);
        if (redis.Configuration is not null && redis.ConnectionMultiplexer is not null)
            Fault(Configuration, "is set beside a connection multiplexer of your own (Redis.ConnectionMultiplexer); set one of them");
        if (redis.Connect is not null && redis.ConnectionMultiplexer is not null)
            Fault(Registration, "holds both a connection multiplexer and what would open one (Redis.ConnectionMultiplexer, Redis.Connect); set one of them");
        if (redis.Connect is not null && !redis.IsUsed)
            Fault(Configuration, "is not set, and Redis.Connect opens what it names; set it");
        if (redis.IsUsed && redis.Timeout >= _options.Lease)
            Fault(Prefix + "redis_timeout", $"is not shorter than {Prefix}lease; a lock could end before its commit is sent");
        if (redis.IsUsed && dialect is not null && !DatabaseScope.CanIdentify(dialect) && _options.DatabaseIdentity is null)
            Fault(Prefix + "database_identity", $"is not set, and a database of {dialect.GetType().Name} is not asked which one it is; with Redis, set it to a name that all nodes on this database have and no others");
        RefuseUnknown();
    }

    private static string? WhatIsWrongWith(string configuration)
    {
        try
        {
            return RedisUrl.ParseAny(configuration).EndPoints.Count > 0 ? null : "names no server; it takes a configuration string of StackExchange.Redis, such as \"redis.example:6379\"";
        }
        catch (ArgumentException exception)
        {
            if (RedisUrl.Is(configuration))
                return $"is not understood: {exception.Message}";
            // A comma ends a password, and what follows it is taken for a keyword.
            var isSecret = exception is not ArgumentOutOfRangeException && configuration.Contains("password", StringComparison.OrdinalIgnoreCase);
            return $"is not understood by StackExchange.Redis: {(isSecret ? "an unknown keyword, not shown since it may be the rest of a password with a comma in it" : exception.Message.Split(" (Parameter")[0].TrimEnd('.'))}";
        }
    }

    private void RefuseUnknown()
    {
        foreach (var name in _properties.Keys.Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            if (!_known.Contains(name))
                Fault(name, $"is not a property of the granular cache; it knows {string.Join(", ", _known.Where(IsOurs).Order(StringComparer.Ordinal))}");
        }

        static bool IsOurs(string name) => name.StartsWith(Prefix, StringComparison.Ordinal) && !name.StartsWith(RegionPrefix, StringComparison.Ordinal) && !name.StartsWith(ProfilePrefix, StringComparison.Ordinal);
    }

    private void Warn()
    {
        var ignored = _properties.Keys.Where(OtherPackages.Ignores).Order(StringComparer.Ordinal).ToList();
        if (ignored.Count > 0)
            Log.IgnoredProperties(string.Join(", ", ignored));
        var ofRedis = s_ofRedis.Where(name => Find(name) is not null).ToList();
        if (!_options.Redis.IsUsed && ofRedis.Count > 0)
            Log.RedisIsNotUsed(string.Join(", ", ofRedis));
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

    private void Layout(string name, Action<ResultLayout> set) => OneOf(name, ["auto", "shallow", "full"], value => set(Enum.Parse<ResultLayout>(value, ignoreCase: true)));

    private void Count(string name, Action<int> set, int most = int.MaxValue)
    {
        if (Find(name) is not { } text)
            return;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= 1 && value <= most)
            set(value);
        else
            Fault(name, $"is \"{text}\"; it takes a whole number from 1 to {most}");
    }

    private void Seconds(string name, double least, Action<TimeSpan> set, int most = int.MaxValue)
    {
        if (Find(name) is not { } text)
            return;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
            set(TimeSpan.FromSeconds(value));
        else
            Fault(name, $"is \"{text}\"; it takes seconds from {least.ToString(CultureInfo.InvariantCulture)} to {most}");
    }

    private string? Find(string name)
    {
        _known.Add(name);
        return _properties.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
    }

    private void Fault(string name, string what) => _faults.Add($"Property \"{name}\" {what}.");

    private static string Text(bool value) => value ? "true" : "false";

    private static string Text(ResultLayout value) => value.ToString().ToLowerInvariant();

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(TimeSpan value) => value.TotalSeconds.ToString(CultureInfo.InvariantCulture);
}
