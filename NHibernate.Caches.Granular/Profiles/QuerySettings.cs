namespace NHibernate.Caches.Granular.Profiles;

/// <summary>
/// What one query asks of the cache. NHibernate carries nothing of the kind, but the name of a region: there it stands behind the
/// name of the region that is meant, in one spelling per meaning. Thread-safe: immutable.
/// </summary>
internal sealed record QuerySettings
{
    private const string Mark = "#granular;";
    private const string Off = "off";

    /// <summary>Nothing asked for.</summary>
    public static QuerySettings None { get; } = new();

    /// <summary>Null: the region's.</summary>
    public TimeSpan? Expiration { get; init; }

    /// <summary>Null: whatever the query is.</summary>
    public CachedOperations? Operations { get; init; }

    /// <summary>Null: as its region or its profile says.</summary>
    public ResultLayout? Layout { get; init; }

    /// <summary>Null: as its profile says.</summary>
    public SingleFlight? SingleFlight { get; init; }

    /// <summary>The names of types any change of which drops the result, in order.</summary>
    public ImmutableArray<string> DependsOn { get; init; } = [];

    /// <summary>Not cached, whatever a profile says. NHibernate itself cannot tell this from nothing said.</summary>
    public bool IsOff { get; init; }

    /// <summary>Why the text is none of ours, though it looks like one; the query is refused with it.</summary>
    public string? Fault { get; private init; }

    /// <summary>What follows the region's name; empty when nothing is asked for.</summary>
    public string Suffix
    {
        get
        {
            string[] parts =
            [
                .. IsOff ? new[] { Off } : [],
                .. Expiration is { } expiration ? new[] { $"expiration={expiration.TotalSeconds.ToString(CultureInfo.InvariantCulture)}" } : [],
                .. Operations is { } operations ? new[] { $"operations={OperationNames.Print(operations)}" } : [],
                .. Layout is { } layout ? new[] { $"layout={ChoiceNames.Print(layout)}" } : [],
                .. SingleFlight is { } flight ? new[] { $"single_flight={ChoiceNames.Print(flight)}" } : [],
                // The name of a generic type has commas in it.
                .. DependsOn.IsEmpty ? [] : new[] { $"depends_on={string.Join(',', DependsOn.Select(Uri.EscapeDataString))}" },
            ];
            return parts.Length == 0 ? "" : Mark + string.Join(';', parts);
        }
    }

    /// <param name="region">A region's name as NHibernate has it, or null.</param>
    /// <returns>The name of the region that is meant, and what is asked for.</returns>
    public static (string? Region, QuerySettings Settings) Parse(string? region)
    {
        var at = region?.IndexOf(Mark, StringComparison.Ordinal) ?? -1;
        if (at < 0)
            return (region, None);
        var settings = None;
        foreach (var part in region![(at + Mark.Length)..].Split(';'))
            settings = settings.With(part);
        if (settings.Fault is null && settings.Suffix != region[at..])
            settings = new QuerySettings { Fault = "it is not written as the cache writes it" };
        return (region[..at], settings.Fault is null ? settings : new QuerySettings
        {
            Fault = $"The cache region \"{region}\" is not understood: {settings.Fault}. What follows {Mark.TrimEnd(';')} is written by Cached() and NotCached(); call them instead of naming such a region.",
        });
    }

    /// <summary>Whether a region's name of the user's own would be taken for one of ours.</summary>
    public static bool IsTakenFor(string region) => region.Contains(Mark, StringComparison.Ordinal);

    private QuerySettings With(string part)
    {
        var (name, text) = part.Split('=', 2) is [var before, var after] ? (before, after) : (part, "");
        return name switch
        {
            Off when text.Length == 0 => this with { IsOff = true },
            "expiration" when double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= int.MaxValue =>
                this with { Expiration = TimeSpan.FromSeconds(seconds) },
            "operations" when OperationNames.TryParse(text, out var operations) => this with { Operations = operations },
            "layout" when ChoiceNames.TryParse<ResultLayout>(text, out var layout) => this with { Layout = layout },
            "single_flight" when ChoiceNames.TryParse<SingleFlight>(text, out var flight) => this with { SingleFlight = flight },
            "depends_on" when text.Length > 0 => this with { DependsOn = [.. text.Split(',').Select(Uri.UnescapeDataString)] },
            "expiration" or "operations" or "layout" or "single_flight" or "depends_on" or Off => this with { Fault = $"\"{text}\" is no value of {name}" },
            _ => this with { Fault = $"\"{name}\" is none of depends_on, expiration, layout, off, operations, single_flight" },
        };
    }
}
