namespace NHibernate.Caches.Granular.Flights;

/// <summary>What a look-up that missed does next. Thread-safe: immutable.</summary>
/// <param name="Kind">What.</param>
/// <param name="Flight">Whose end to wait for, or what to ask the lead for.</param>
/// <param name="Limit">How long to wait at most, or to pause.</param>
internal readonly record struct FlightStep(StepKind Kind, Flight? Flight = null, TimeSpan Limit = default)
{
    /// <summary>Load the entry, or take what was read.</summary>
    public static readonly FlightStep Done = new(StepKind.Done);

    /// <summary>Read once more.</summary>
    public static readonly FlightStep Again = new(StepKind.Again);
}

/// <summary>See <see cref="FlightStep"/>.</summary>
internal enum StepKind
{
    Done,
    Again,

    /// <summary>Wait for the end of a flight of this process, then read once more.</summary>
    Wait,

    /// <summary>Pause, then read once more: another node is loading.</summary>
    Pause,

    /// <summary>Ask the store for the lead among the nodes.</summary>
    Ask,
}
