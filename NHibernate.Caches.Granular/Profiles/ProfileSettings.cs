namespace NHibernate.Caches.Granular.Profiles;

/// <summary>The settings of a profile as texts. Thread-safe: stateless.</summary>
internal static class ProfileSettings
{
    private const string Operations = "operations";
    private const string Expiration = "expiration";
    private const string Layout = "layout";
    private const string SingleFlight = "single_flight";
    private const string WriteThrough = "write_through";
    private const string Forbidden = "forbidden";
    private const string Seconds = "seconds from 0.001 to 2147483647";

    // Longest first: what is behind a pattern may end as another setting does.
    private static readonly ImmutableArray<string> s_names =
        [.. OperationNames.Single.Select(each => $"{Expiration}.{each.Name}"), Operations, Expiration, Layout, SingleFlight, WriteThrough, Forbidden];

    /// <summary>Every name there is, for messages.</summary>
    public static string Known => string.Join(", ", s_names.Order(StringComparer.Ordinal));

    /// <summary>A pattern and a setting with a dot between them; what is empty was not found.</summary>
    public static (string Pattern, string Setting) Split(string text)
    {
        var setting = s_names.FirstOrDefault(name => text.EndsWith("." + name, StringComparison.OrdinalIgnoreCase));
        return setting is null ? (text, "") : (ProfilePattern.WithStar(text[..^(setting.Length + 1)]), setting);
    }

    /// <returns>Null when it is read; else what it takes.</returns>
    public static string? TryRead(CacheProfile profile, string setting, string text) => setting switch
    {
        Operations => OperationNames.TryParse(text, out var operations) ? Set(() => profile.Operations = operations) : $"names with commas between them: {OperationNames.Known}",
        Layout => ChoiceNames.TryParse<ResultLayout>(text, out var layout) ? Set(() => profile.Layout = layout) : ChoiceNames.Known<ResultLayout>(),
        SingleFlight => ChoiceNames.TryParse<SingleFlight>(text, out var flight) ? Set(() => profile.SingleFlight = flight) : ChoiceNames.Known<SingleFlight>(),
        WriteThrough => bool.TryParse(text, out var through) ? Set(() => profile.WriteThrough = through) : "true or false",
        Forbidden => bool.TryParse(text, out var forbidden) ? Set(() => profile.Forbidden = forbidden) : "true or false",
        _ => TryParse(text, out var expiration) ? Set(() => Expire(profile, setting, expiration)) : Seconds,
    };

    /// <summary>The settings that are set, and no others.</summary>
    public static IEnumerable<(string Setting, string Value)> Write(CacheProfile profile)
    {
        if (profile.Operations is { } operations)
            yield return (Operations, OperationNames.Print(operations));
        if (profile.Expiration is { } expiration)
            yield return (Expiration, Text(expiration));
        foreach (var (name, operation) in OperationNames.Single)
        {
            if (profile.Expirations.TryGetValue(operation, out var own))
                yield return ($"{Expiration}.{name}", Text(own));
        }
        if (profile.Layout is { } layout)
            yield return (Layout, ChoiceNames.Print(layout));
        if (profile.SingleFlight is { } flight)
            yield return (SingleFlight, ChoiceNames.Print(flight));
        if (profile.WriteThrough is { } through)
            yield return (WriteThrough, through ? "true" : "false");
        if (profile.Forbidden is { } forbidden)
            yield return (Forbidden, forbidden ? "true" : "false");
    }

    private static void Expire(CacheProfile profile, string setting, TimeSpan expiration)
    {
        if (setting == Expiration)
            profile.Expiration = expiration;
        else
            profile.Expire(OperationNames.Single.First(each => setting == $"{Expiration}.{each.Name}").Operation, expiration);
    }

    private static bool TryParse(string text, out TimeSpan expiration)
    {
        var isTime = double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0.001 and <= int.MaxValue;
        expiration = isTime ? TimeSpan.FromSeconds(seconds) : default;
        return isTime;
    }

    private static string Text(TimeSpan time) => time.TotalSeconds.ToString(CultureInfo.InvariantCulture);

    private static string? Set(System.Action set)
    {
        set();
        return null;
    }
}
