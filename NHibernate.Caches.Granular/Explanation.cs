using System.Text;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Scopes;

namespace NHibernate.Caches.Granular;

/// <summary>
/// What results of a query depend on, what of it was not understood, and what is cached of it now, with the parameters that it has.
/// Prints itself. Thread-safe: immutable.
/// </summary>
public sealed class Explanation
{
    internal Explanation(ExplainedQuery query)
    {
        IsCacheable = query.Plan.NotCacheable is null;
        Tables = [.. query.Plan.Tables.Select(table => table.Name)];
        Findings = [.. query.Plan.Findings.Select(finding => finding.ToString())];
        MissReason = query.Entry.Reason;
        Age = query.Entry.Age;
        TimeLeft = query.Entry.TimeLeft;
        InvalidatedBy = query.Invalidated?.Change.ToInvalidation();
        MatchedColumns = query.Invalidated?.MatchedColumns ?? [];
        Text = TextOf(query);
    }

    /// <summary>Whether results are stored at all.</summary>
    public bool IsCacheable { get; }

    /// <summary>The tables results depend on, as the database names them.</summary>
    public IReadOnlyList<string> Tables { get; }

    /// <summary>Why the plan is coarser than the query's text, reason first; empty when nothing was widened.</summary>
    public IReadOnlyList<string> Findings { get; }

    /// <summary>Why a look-up would find nothing now; <see cref="MissReason.None"/>: it would be a hit, for a session that may use the cache and is in no snapshot.</summary>
    public MissReason MissReason { get; }

    /// <summary>How long ago what is stored was stored, valid or not; null when nothing is, or it cannot be told.</summary>
    public TimeSpan? Age { get; }

    /// <summary>When what is stored will expire, if nobody asks for it before; null likewise.</summary>
    public TimeSpan? TimeLeft { get; }

    /// <summary>
    /// What has invalidated what is stored. Null when it is valid, and when that is not known: another process did, or this one by an
    /// eviction, by a change before the last 128 that it remembers of the database, or by one that moved more than 512 stamps.
    /// </summary>
    public CacheInvalidation? InvalidatedBy { get; }

    /// <summary>
    /// The columns that the query compares with values, and <see cref="InvalidatedBy"/> changed rows that have or had these values
    /// there. Empty when it was not known which values they have, or the query compares none.
    /// </summary>
    public IReadOnlyList<string> MatchedColumns { get; }

    private string Text { get; }

    /// <summary>The conjunctions, columns and findings, and what is cached, for people; the form may change between versions.</summary>
    public override string ToString() => Text;

    private static string TextOf(ExplainedQuery query)
    {
        var text = new StringBuilder(query.Plan.ToString());
        if (query.Bypass != BypassReason.None)
            text.Append("the session bypasses the cache now: ").Append(query.Bypass).Append('\n');
        text.Append(query.Entry.Reason == MissReason.None ? "cached" : $"not cached: {query.Entry.Reason}");
        if (query.Entry.Age is { } age)
            text.Append(CultureInfo.InvariantCulture, $", stored {age.TotalSeconds:0.###} s ago");
        if (query.Entry.Reason == MissReason.None && query.Entry.TimeLeft is { } left)
            text.Append(CultureInfo.InvariantCulture, $", for another {left.TotalSeconds:0.###} s");
        text.Append('\n');
        if (query.Invalidated is { } invalidated)
            text.Append("invalidated by this process: ").Append(TextOf(invalidated)).Append('\n');
        else if (query.Entry.Reason == MissReason.Invalidated)
            text.Append("invalidated by what this process does not remember: another process, an eviction, or a change before the last ones\n");
        return text.ToString();
    }

    private static string TextOf(FoundMover found)
    {
        var invalidation = found.Change.ToInvalidation();
        var change = invalidation.Changes.FirstOrDefault(change => change.Kind == found.Mover.Kind && change.Table == found.Mover.Shape?.Table.Name);
        var columns = found.MatchedColumns.IsEmpty ? "" : $", with the query's value of {string.Join(", ", found.MatchedColumns)}";
        var trace = invalidation.TraceId is { } id ? $", trace {id}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{change ?? (object)invalidation}{columns}, at {invalidation.At:u}{trace}");
    }
}
