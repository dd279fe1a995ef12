namespace NHibernate.Caches.Granular.Diagnostics;

/// <summary>What a look-up did that missed while others may have missed the same entry.</summary>
internal enum FlightOutcome
{
    /// <summary>It asked the database, so that others could wait for it.</summary>
    Led,

    /// <summary>It waited for another, and found what that one had stored.</summary>
    Waited,

    /// <summary>It waited for as long as it may.</summary>
    TimedOut,
}
