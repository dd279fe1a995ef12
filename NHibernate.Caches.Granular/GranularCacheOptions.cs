namespace NHibernate.Caches.Granular;

/// <summary>
/// Settings of the cache of one session factory, as <c>UseGranularCache</c> takes them; each is also a property named beside it.
/// Faults are reported together when the session factory is built. Not thread-safe: set before the factory is built.
/// </summary>
public sealed class GranularCacheOptions
{
    internal GranularCacheOptions()
    {
    }

    /// <summary>
    /// <c>cache.granular.enabled</c>. Default true. False: nothing is read or stored, invalidation still happens, so that other
    /// factories on the database stay correct.
    /// </summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// <c>cache.granular.database_identity</c>. Default null: what the database says it is. Set it where several databases give the
    /// same answer (clones), or where the dialect cannot ask. Two databases with one identity share invalidations (wasteful); one
    /// database with two identities misses them (stale).
    /// </summary>
    public string? DatabaseIdentity { get; set; }

    /// <summary>
    /// <c>cache.granular.lease</c>, seconds. Default 30 s, at least 1 ms. How long stamps stay locked when the outcome of a commit
    /// is not heard. Longer: fewer hits after a failure. Shorter than a COMMIT may take: it can be missed.
    /// </summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// <c>cache.granular.max_time_to_live</c>, seconds. Default 1 day, at least 1 s. No entry lives longer, whatever its region or
    /// sliding expiration says. Longer: more memory for stamps.
    /// </summary>
    public TimeSpan MaxTimeToLive { get; set; } = TimeSpan.FromDays(1);

    /// <summary>
    /// <c>cache.default_expiration</c> or <c>expiration</c>, seconds. Default 300 s, more than zero. Correctness does not need it;
    /// it bounds what changes made outside NHibernate can leave stale.
    /// </summary>
    public TimeSpan Expiration { get; set; } = TimeSpan.FromSeconds(300);

    /// <summary><c>cache.use_sliding_expiration</c>. Default false. True: every hit renews <see cref="Expiration"/>, up to <see cref="MaxTimeToLive"/>.</summary>
    public bool UseSlidingExpiration { get; set; }

    /// <summary>
    /// <c>cache.granular.serializable</c>: <c>bypass</c> or <c>read</c>. Default bypass. Read: SERIALIZABLE transactions use the
    /// cache as snapshots do; the database then does not see what they read, and cannot refuse them for it.
    /// </summary>
    public SerializableTransactions Serializable { get; set; }

    /// <summary>
    /// <c>cache.granular.log_values</c>. Default false. True: what a transaction wrote is logged with its values when it is invalidated, at the
    /// level debug, which must be on as well. Whoever reads the log then reads what is in the database.
    /// </summary>
    public bool LogValues { get; set; }

    /// <summary>
    /// <c>cache.granular.layout</c>: <c>auto</c>, <c>shallow</c> or <c>full</c>. Default auto. What cached results hold of the entities
    /// they list. Full: hits load nothing, and more changes drop them. Shallow: hits load what regions do not have, one by one.
    /// </summary>
    public ResultLayout Layout { get; set; }

    /// <summary><c>cache.granular.max_entries</c>. Default 100,000, at least 1. Beyond it the least recently used entries go.</summary>
    public int MaxEntries { get; set; } = 100_000;

    /// <summary><c>cache.granular.max_conjunctions</c>. Default 64, at least 1. A filter that needs more per table is widened.</summary>
    public int MaxConjunctions { get; set; } = 64;

    /// <summary><c>cache.granular.max_in_values</c>. Default 128, at least 1. A longer IN list does not narrow a query.</summary>
    public int MaxInValues { get; set; } = 128;

    /// <summary><c>cache.granular.max_shapes_per_table</c>. Default 256, at least 1. Further shapes depend on any change of the table.</summary>
    public int MaxShapesPerTable { get; set; } = 256;

    /// <summary><c>cache.granular.max_rows</c>. Default 10,000, at least 1. A longer result is not stored.</summary>
    public int MaxRows { get; set; } = 10_000;

    /// <summary><c>cache.granular.max_changes</c>. Default 10,000, at least 1. A transaction that changes more rows, or moves more than ten times as many stamps, moves whole tables.</summary>
    public int MaxChanges { get; set; } = 10_000;

    /// <summary>
    /// <c>cache.granular.single_flight</c>: <c>off</c>, <c>process</c> or <c>nodes</c>. Default off. Who waits when several look-ups miss one
    /// entry at a time. Nobody is answered with anything that a look-up of its own would not have found. Nodes without Redis is process.
    /// </summary>
    public SingleFlight SingleFlight { get; set; }

    /// <summary>
    /// <c>cache.granular.single_flight_wait</c>, seconds. Default 1 s, 0.001 to 60. How long a look-up waits for others at most before it asks
    /// the database itself. Longer than such queries take: one query instead of many. Too long: it is felt when whoever loads has died.
    /// </summary>
    public TimeSpan SingleFlightWait { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How the cache is shared through Redis. Default: it is not.</summary>
    public RedisOptions Redis { get; } = new();

    /// <summary>
    /// Per region, with NHibernate's region prefix left out: <c>cache.granular.region.NAME.expiration</c> (seconds),
    /// <c>cache.granular.region.NAME.use_sliding_expiration</c> and <c>cache.granular.region.NAME.layout</c>.
    /// </summary>
    public IDictionary<string, RegionOptions> Regions { get; } = new Dictionary<string, RegionOptions>(StringComparer.Ordinal);

    /// <summary>What is cached without a word in mapping or query. Default: nothing is.</summary>
    public CacheProfiles Profiles { get; } = new();

    /// <summary>
    /// Types of the user's own in what is cached, for entries that other processes read; in code only. Default: none, so that entries
    /// which hold such values stay in their process.
    /// </summary>
    public PayloadTypes Payloads { get; internal set; } = new();
}

/// <summary>Settings of one region; what is null is inherited. Not thread-safe.</summary>
public sealed class RegionOptions
{
    /// <summary>See <see cref="GranularCacheOptions.Expiration"/>.</summary>
    public TimeSpan? Expiration { get; set; }

    /// <summary>See <see cref="GranularCacheOptions.UseSlidingExpiration"/>.</summary>
    public bool? UseSlidingExpiration { get; set; }

    /// <summary>See <see cref="GranularCacheOptions.Layout"/>. Without effect on regions of entities and collections.</summary>
    public ResultLayout? Layout { get; set; }
}

/// <summary>What a cached query result holds of the entities and collections that it returns and fetches.</summary>
public enum ResultLayout
{
    /// <summary>Full, when one of them is not cached by a region of its own; else shallow.</summary>
    Auto = 0,

    /// <summary>
    /// Identifiers. A hit takes the entities from the session, their regions or the database. Changes that leave the list as it is do
    /// not drop it.
    /// </summary>
    Shallow = 1,

    /// <summary>
    /// The state of each, as it was read with the list. A hit loads none of them; what the session has already stays as it is there.
    /// Any change of their columns drops it.
    /// </summary>
    Full = 2,
}

/// <summary>What SERIALIZABLE transactions do with the cache.</summary>
public enum SerializableTransactions
{
    /// <summary>Neither read nor put.</summary>
    Bypass = 0,

    /// <summary>Read and put as a snapshot transaction does.</summary>
    Read = 1,
}
