namespace Storefront.Sharing;

/// <summary>What two processes that share a cache had of each other. Thread-safe: immutable.</summary>
/// <param name="Writer">The id of the process that changes the shop.</param>
/// <param name="Reader">The id of the other one.</param>
/// <param name="Questions">How many queries both ask.</param>
/// <param name="SharedHits">How many of them the reader had from the cache when it asked for the first time in its life.</param>
/// <param name="Statements">How many SQL statements that took.</param>
/// <param name="StaleBefore">How many of its answers were not the database's.</param>
/// <param name="Cases">The changes.</param>
internal sealed record SharedOutcome(int Writer, int Reader, int Questions, int SharedHits, long Statements, int StaleBefore, IReadOnlyList<SharedCase> Cases)
{
    public bool AnyStale => StaleBefore + Cases.Sum(c => c.Stale) > 0;
}

/// <summary>What one process's change did to the other's answers.</summary>
/// <param name="Change">What a person would call it.</param>
/// <param name="Changed">Results that have other ids or scalars since.</param>
/// <param name="Kept">Results that the reader still had from the cache right after the commit.</param>
/// <param name="DroppedNeedlessly">Results that are the same, and that it had to read again.</param>
/// <param name="Stale">Answers that were not the database's.</param>
/// <param name="Back">Results that the writer then had from the cache, those that the reader had read again among them.</param>
internal sealed record SharedCase(string Change, int Changed, int Kept, int DroppedNeedlessly, int Stale, int Back);
