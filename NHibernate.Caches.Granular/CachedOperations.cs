namespace NHibernate.Caches.Granular;

/// <summary>
/// Kinds of reading, told apart by what is read and not by the method that reads it: by the translated query, of which
/// <c>Count()</c> in LINQ and <c>select count(*)</c> in HQL are the same.
/// </summary>
[Flags]
public enum CachedOperations
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>One entity: by its id, as <c>Get</c> and <c>Load</c> do, or a query whose conditions pin the id or the natural id.</summary>
    Get = 1,

    /// <summary>Lists of rows, and whatever is none of the others.</summary>
    Fetch = 2,

    /// <summary>One number of rows.</summary>
    Count = 4,

    /// <summary>Sums, averages, extremes, and several of them or counts at once, without groups.</summary>
    Aggregate = 8,

    /// <summary>Whether there is a row: <c>Any</c>, <c>All</c> and <c>Contains</c> in LINQ.</summary>
    Exists = 16,

    /// <summary>All of them.</summary>
    All = Get | Fetch | Count | Aggregate | Exists,
}
