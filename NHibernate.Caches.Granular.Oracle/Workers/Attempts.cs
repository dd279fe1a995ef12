using NHibernate.Caches.Granular.Oracle.Rows;

namespace NHibernate.Caches.Granular.Oracle.Workers;

/// <summary>
/// What one transaction is about to leave in the rows, told to the history before the commit and settled after it. Not thread-safe:
/// one worker; but that the cache is told of it at last may be said by anybody.
/// </summary>
internal sealed class Attempts(OracleWorld world, OracleWorld.Place place)
{
    /// <summary>Kinds of rows of which nothing but the revision matters.</summary>
    public static readonly ImmutableArray<RowKind> Simple = [RowKind.Shelf, RowKind.Doc, RowKind.Note, RowKind.Memo];

    private readonly List<long> _revs = [];
    private readonly HashSet<RowKind> _kinds = [];
    private readonly Dictionary<int, long> _deleted = [];
    private readonly List<(int Row, long Rev)> _attempted = [];
    private readonly Lock _gate = new();
    private bool _isUntold;
    private bool _isCommitted;

    /// <summary>After the last flush: the rows as the commit will leave them, all of them locked by this transaction.</summary>
    public void ReadBack(ISession session)
    {
        ReadBack(sql => session.CreateSQLQuery(sql));
        for (var id = 1; id <= world.Settings.RowsPerKind; id++)
        {
            var row = world.Rows.Of<Item>(id);
            var rev = _attempted.Find(attempt => attempt.Row == row).Rev;
            if (rev == 0 || _deleted.ContainsKey(id))
                continue;
            // A session on the same connection has the same transaction.
            using var child = place.Random.Next(3) == 0 ? session.SessionWithOptions().Connection().OpenSession() : null;
            var found = (child ?? session).CreateQuery("select i.Rev from Item i where i.Id = :id").SetInt32("id", id).SetCacheable(true).List<long>();
            if (found is not [var own] || own != rev)
                world.Found(FindingKind.OwnWriteMissed, "scalar", $"{place.Log.Worker}: {world.Rows.NameOf(row)} is {string.Join(", ", found)}, not {rev}");
        }
    }

    public void ReadBack(IStatelessSession session) => ReadBack(sql => session.CreateSQLQuery(sql));

    public void Deleted(int item, long rev) => _deleted[item] = rev;

    public void Inserted(int item) => _deleted.Remove(item);

    public void Committed()
    {
        place.Tally.Commits++;
        SayKnown();
        foreach (var (row, rev) in _attempted)
        {
            place.Log.Write("has committed", row, rev);
            place.Tally.RowCommits(row)++;
        }
    }

    public void RolledBack()
    {
        place.Tally.Rollbacks++;
        foreach (var (row, rev) in _attempted)
            Withdraw(row, rev);
    }

    /// <summary>The commit may have succeeded: what it would have left may be seen, and need not.</summary>
    public void InDoubt()
    {
        place.Tally.InDoubt++;
        foreach (var (row, rev) in _attempted)
            place.Log.Write("may have committed", row, rev);
    }

    /// <summary>The cache could not be told what is about to be committed.</summary>
    public void Untold()
    {
        lock (_gate)
        {
            _isUntold = true;
            _attempted.ForEach(attempt => world.History.Withhold(attempt.Rev));
        }
        place.Log.Write("could not announce", null, 0);
    }

    /// <summary>It has been told now, or the process is no longer cut off.</summary>
    public void Told()
    {
        lock (_gate)
        {
            _isUntold = false;
            _attempted.ForEach(attempt => world.History.Tell(attempt.Rev));
            if (_isCommitted)
                _attempted.ForEach(attempt => world.History.Known(attempt.Row, attempt.Rev));
        }
    }

    private void SayKnown()
    {
        lock (_gate)
        {
            _isCommitted = true;
            _attempted.ForEach(attempt => world.History.Known(attempt.Row, attempt.Rev));
        }
    }

    private void ReadBack(Func<string, ISQLQuery> query)
    {
        if (_revs.Count == 0)
            return;
        foreach (var kind in Simple.Where(_kinds.Contains))
        {
            foreach (var row in query($"select id, rev from {kind} where rev in (:revs)").SetParameterList("revs", _revs).List<object[]>())
                Attempt(world.Rows.Of(kind, (int)row[0]), new RowState((long)row[1]));
        }
        if (!_kinds.Contains(RowKind.Item))
            return;
        var items = query("select id, rev, coalesce(shelf_id, 0) as shelf, coalesce((select sum(1 << t.tag_id) from itemtag t where t.item_id = id), 0) as tags from item where rev in (:revs)").SetParameterList("revs", _revs).List<object[]>();
        foreach (var row in items)
            Attempt(world.Rows.Of<Item>((int)row[0]), new RowState((long)row[1], true, (int)row[2], Convert.ToInt32(row[3], CultureInfo.InvariantCulture)));
        foreach (var (id, rev) in _deleted)
            Attempt(world.Rows.Of<Item>(id), new RowState(rev, Exists: false));
    }

    /// <summary>The row may be in this state as soon as the commit is sent.</summary>
    public void Attempt(int row, RowState state)
    {
        // A row that the transaction has changed again: what it was in between nobody sees.
        for (var i = _attempted.Count - 1; i >= 0; i--)
        {
            var before = _attempted[i];
            if (before.Row != row)
                continue;
            if (before.Rev == state.Rev)
                return;
            Withdraw(row, before.Rev);
            lock (_gate)
                _attempted.RemoveAt(i);
        }
        lock (_gate)
        {
            if (_isUntold)
                world.History.Withhold(state.Rev);
            world.History.Attempt(row, state);
            _attempted.Add((row, state.Rev));
        }
    }

    private void Withdraw(int row, long rev)
    {
        place.Log.Write("does not commit", row, rev);
        if (world.History.Withdraw(row, rev))
            world.Found(FindingKind.Dirty, "any", $"{world.Rows.NameOf(row)}@{rev} was read; {place.Log.Worker} rolled it back");
    }

    /// <summary>A revision for one row, or for all that a bulk statement meets.</summary>
    public long NextRev(string what, RowKind kind, int? id)
    {
        var rev = world.History.NextRev();
        _revs.Add(rev);
        _kinds.Add(kind);
        place.Log.Write(what, id is { } known ? world.Rows.Of(kind, known) : null, rev);
        return rev;
    }
}
