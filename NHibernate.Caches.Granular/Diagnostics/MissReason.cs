namespace NHibernate.Caches.Granular.Diagnostics;

/// <summary>Why a look-up had no result from the cache. The numbers are stable.</summary>
public enum MissReason
{
    /// <summary>Not a miss.</summary>
    None = 0,

    /// <summary>Nothing is stored under this key.</summary>
    NotFound = 1,

    /// <summary>The entry's time-to-live, or the maximum, has passed.</summary>
    Expired = 2,

    /// <summary>A committed change moved one of the entry's stamps.</summary>
    Invalidated = 3,

    /// <summary>A transaction that will change what the entry depends on is committing, or its outcome is not known yet.</summary>
    Locked = 4,

    /// <summary>The entry, or what it depends on, is newer than the reader's snapshot.</summary>
    NewerThanSnapshot = 5,

    /// <summary>The entry belongs to an earlier life of the stamps.</summary>
    OtherEpoch = 6,

    /// <summary>Rows that the entry lists have vanished when they were loaded.</summary>
    VanishedRow = 7,

    /// <summary>Redis is out of reach, or did not answer in time.</summary>
    Unavailable = 8,

    /// <summary>What is stored was not written by this version of the cache, or is damaged.</summary>
    Foreign = 9,

    /// <summary>A part of the key means nothing to other processes (a result transformer of the user's own): the result is not shared.</summary>
    NotShareable = 10,

    /// <summary>
    /// What the entry holds of entities could not be made into entities: a user type that does not assemble what it disassembled, or a
    /// listener or interceptor of the user's that threw. The entry is dropped, and the query executed.
    /// </summary>
    NotAssembled = 11,
}
