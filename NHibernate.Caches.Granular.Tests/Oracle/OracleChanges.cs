namespace NHibernate.Caches.Granular.Tests.Oracle;

/// <summary>
/// The changes of one transaction. Revisions are taken while the row is locked, or under a version, or guarded by the statement
/// itself (<c>rev &lt; :rev</c>), so that a row's revisions only grow from commit to commit. Not thread-safe: one worker.
/// </summary>
internal sealed class OracleChanges(OracleWorld world, string worker, Random random)
{
    private static readonly ImmutableArray<System.Type> s_simple = [typeof(Shelf), typeof(Doc), typeof(Note), typeof(Memo)];

    private readonly List<long> _revs = [];
    private readonly Dictionary<int, long> _deleted = [];
    private readonly List<(RowId Row, long Rev)> _attempted = [];

    private int SomeRow => random.Next(1, world.Settings.RowsPerKind + 1);

    private int SomeShelf => random.Next(1, Reading.Shelves + 1);

    public void Make(ISession session, int count)
    {
        for (; count > 0; count--)
        {
            switch (random.Next(12))
            {
                case < 4:
                    UpdateItem(session, SomeRow);
                    break;
                case 4:
                    DeleteItem(session, SomeRow);
                    break;
                case 5:
                    Bulk(session);
                    break;
                case 6 or 7:
                    NativeItem(session, SomeRow);
                    break;
                case 8:
                    UpdateLocked<Shelf>(session, SomeShelf);
                    break;
                case 9:
                    UpdateLocked<Note>(session, SomeRow);
                    break;
                default:
                    MakeVersioned(session);
                    break;
            }
            if (random.Next(3) == 0)
                session.Flush();
            Pause.Sometimes();
        }
    }

    public void Make(IStatelessSession session)
    {
        if (random.Next(3) == 0)
        {
            var doc = session.Get<Doc>(SomeRow);
            doc.Rev = NextRev("stateless doc", doc.Id);
            session.Update(doc);
            return;
        }
        if (session.Get<Item>(SomeRow) is not { } item)
            return;
        Pause.Sometimes();
        if (session.CreateSQLQuery("select rev from item where id = :id for update").SetInt32("id", item.Id).List<object>().Count == 0)
            return;
        item.Rev = NextRev("stateless item", item.Id);
        item.Shelf = new Shelf { Id = SomeShelf };
        session.Update(item);
    }

    /// <summary>A versioned row, which needs no lock.</summary>
    public void MakeVersioned(ISession session)
    {
        if (random.Next(2) == 0)
            Revise(session.Get<Doc>(SomeRow));
        else
            Revise(session.Get<Memo>(SomeRow));
        // Attempted here and not after reading back, for this may be committed by the flush.
        void Revise<T>(T row)
            where T : IRevised
        {
            Pause.Sometimes();
            row.Rev = NextRev(typeof(T).Name, row.Id);
            Attempt(new RowId(typeof(T), row.Id), new RowState(row.Rev, true, 0, 0));
        }
    }

    /// <summary>One statement that is committed when it has run; whether it met a row.</summary>
    public bool MakeAtOnce(ISession session)
    {
        if (random.Next(2) == 0)
        {
            var kind = s_simple[random.Next(s_simple.Length)];
            var row = new RowId(kind, kind == typeof(Shelf) ? SomeShelf : SomeRow);
            var rev = NextRev("autocommitted", row);
            Attempt(row, new RowState(rev, true, 0, 0));
            var version = kind == typeof(Doc) || kind == typeof(Memo) ? ", version = version + 1" : "";
            return session.CreateSQLQuery($"update {kind.Name} set rev = :rev{version} where id = :id and rev < :rev").SetInt64("rev", rev).SetInt32("id", row.Id).ExecuteUpdate() == 1;
        }
        var item = new RowId(typeof(Item), SomeRow);
        var (itemRev, shelf) = (NextRev("autocommitted", item), SomeShelf);
        Attempt(item, new RowState(itemRev, true, shelf, -1));
        var update = random.Next(2) == 0
            ? session.CreateQuery("update Item set Rev = :rev, Shelf = :shelf where Id = :id and Rev < :rev").SetEntity("shelf", session.Load<Shelf>(shelf))
            : session.CreateSQLQuery("update item set rev = :rev, shelf_id = :shelf where id = :id and rev < :rev").SetInt32("shelf", shelf);
        return update.SetInt64("rev", itemRev).SetInt32("id", item.Id).ExecuteUpdate() == 1;
    }

    private void UpdateItem(ISession session, int id)
    {
        if (session.Get<Item>(id) is not { } item)
        {
            InsertItem(session, id);
            return;
        }
        Pause.Sometimes();
        if (!Lock(session, "item", id))
            return;
        item.Rev = NextRev("updates item", id);
        if (random.Next(2) == 0)
            item.Shelf = session.Load<Shelf>(SomeShelf);
        if (random.Next(2) == 0)
            item.IsOpen = !item.IsOpen;
        if (random.Next(3) == 0)
        {
            var tag = session.Load<Tag>(random.Next(1, Reading.Tags + 1));
            if (!item.Tags.Remove(tag))
                item.Tags.Add(tag);
        }
    }

    private void InsertItem(ISession session, int id)
    {
        var item = new Item { Id = id, Code = $"code {id}", Shelf = session.Load<Shelf>(SomeShelf), IsOpen = true };
        session.Save(item);
        session.Flush();
        // Only now is the row ours: another transaction's deletion of its predecessor has ended.
        item.Rev = NextRev("inserts item", id);
        _deleted.Remove(id);
    }

    private void DeleteItem(ISession session, int id)
    {
        if (session.Get<Item>(id) is not { } item || !Lock(session, "item", id))
            return;
        var rev = NextRev("deletes item", id);
        session.Delete(item);
        session.Flush();
        _deleted[id] = rev;
    }

    private void Bulk(ISession session)
    {
        var (rev, shelf, other) = (NextRev("bulk on shelf", null), SomeShelf, SomeShelf);
        var update = random.Next(3) switch
        {
            0 => session.CreateQuery("update Item set Rev = :rev where Shelf.Id = :shelf and Rev < :rev"),
            1 => session.CreateQuery("update Item set Rev = :rev, Shelf = :other where Shelf.Id = :shelf and IsOpen = true and Rev < :rev").SetEntity("other", session.Load<Shelf>(other)),
            _ => session.CreateSQLQuery("update item set rev = :rev, shelf_id = :other where shelf_id = :shelf and isopen = true and rev < :rev").SetInt32("other", other),
        };
        update.SetInt64("rev", rev).SetInt32("shelf", shelf).ExecuteUpdate();
    }

    /// <summary>Two statements on one row, of which the first may not meet it.</summary>
    private void NativeItem(ISession session, int id)
    {
        session.CreateSQLQuery("update item set rev = :rev, shelf_id = :shelf where id = :id and shelf_id = :old and rev < :rev")
            .SetInt64("rev", NextRev("native item", id)).SetInt32("shelf", SomeShelf).SetInt32("id", id).SetInt32("old", SomeShelf).ExecuteUpdate();
        if (random.Next(2) == 0)
            session.CreateSQLQuery("update item set isopen = not isopen where id = :id").SetInt32("id", id).ExecuteUpdate();
        else
            session.CreateSQLQuery("update item set rev = :rev where id = :id and rev < :rev").SetInt64("rev", NextRev("native item", id)).SetInt32("id", id).ExecuteUpdate();
    }

    private void UpdateLocked<T>(ISession session, int id)
        where T : class, IRevised
    {
        var row = session.Get<T>(id);
        Pause.Sometimes();
        Lock(session, typeof(T).Name, id);
        row.Rev = NextRev(typeof(T).Name, id);
    }

    private static bool Lock(ISession session, string table, int id) =>
        session.CreateSQLQuery($"select rev from {table} where id = :id for update").SetInt32("id", id).List<object>().Count > 0;

    /// <summary>After the last flush: the rows as the commit will leave them, all of them locked by this transaction.</summary>
    public void ReadBack(ISession session)
    {
        ReadBack(sql => session.CreateSQLQuery(sql));
        foreach (var (row, rev) in _attempted.Where(attempt => attempt.Row.Kind == typeof(Item) && !_deleted.ContainsKey(attempt.Row.Id)))
        {
            var found = session.CreateQuery("select i.Rev from Item i where i.Id = :id").SetInt32("id", row.Id).SetCacheable(true).List<long>();
            if (found is not [var own] || own != rev)
                world.Found(FindingKind.OwnWriteMissed, "scalar", $"{worker}: {row} is {string.Join(", ", found)}, not {rev}");
        }
    }

    public void ReadBack(IStatelessSession session) => ReadBack(sql => session.CreateSQLQuery(sql));

    public void Committed()
    {
        world.CountCommit();
        foreach (var (row, rev) in _attempted)
            world.History.Known(row, rev);
        world.Log.Write(worker, $"has committed {string.Join(", ", _attempted.Select(attempt => $"{attempt.Row}@{attempt.Rev}"))}");
    }

    public void RolledBack()
    {
        foreach (var (row, rev) in _attempted)
            world.History.RolledBack(row, rev);
        world.Log.Write(worker, $"did not commit {string.Join(", ", _revs)}");
    }

    private void ReadBack(Func<string, ISQLQuery> query)
    {
        if (_revs.Count == 0)
            return;
        foreach (var kind in s_simple)
        {
            foreach (var row in query($"select id, rev from {kind.Name} where rev in (:revs)").SetParameterList("revs", _revs).List<object[]>())
                Attempt(new RowId(kind, (int)row[0]), new RowState((long)row[1], true, 0, 0));
        }
        var items = query("select id, rev, coalesce(shelf_id, 0) as shelf, coalesce((select sum(1 << t.tag_id) from itemtag t where t.item_id = id), 0) as tags from item where rev in (:revs)").SetParameterList("revs", _revs).List<object[]>();
        foreach (var row in items)
            Attempt(new RowId(typeof(Item), (int)row[0]), new RowState((long)row[1], true, (int)row[2], Convert.ToInt32(row[3], CultureInfo.InvariantCulture)));
        foreach (var (id, rev) in _deleted)
            Attempt(new RowId(typeof(Item), id), new RowState(rev, false, 0, 0));
    }

    private void Attempt(RowId row, RowState state)
    {
        // A row that the transaction has changed again: what it was in between nobody sees.
        foreach (var before in _attempted.Where(attempt => attempt.Row == row).ToList())
        {
            if (before.Rev == state.Rev)
                return;
            world.History.RolledBack(row, before.Rev);
            _attempted.Remove(before);
        }
        world.History.Attempt(row, state);
        _attempted.Add((row, state.Rev));
    }

    private long NextRev(string what, object? row)
    {
        var rev = world.History.NextRev();
        _revs.Add(rev);
        world.Log.Write(worker, $"{what} {row}: {rev}");
        return rev;
    }
}
