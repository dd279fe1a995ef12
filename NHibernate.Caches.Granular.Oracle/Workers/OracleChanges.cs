using NHibernate.Caches.Granular.Oracle.Pauses;
using NHibernate.Caches.Granular.Oracle.Rows;

namespace NHibernate.Caches.Granular.Oracle.Workers;

/// <summary>
/// The changes of one transaction. Revisions are taken while the row is locked, or under a version, or guarded by the statement
/// itself (<c>rev &lt; :rev</c>), so that a row's revisions only grow from commit to commit. Not thread-safe: one worker.
/// </summary>
internal sealed class OracleChanges(OracleWorld world, ISessionFactory factory, Attempts attempts, Random random)
{
        /// <summary>What they will leave.</summary>
    public Attempts Attempts => attempts;

    /// <summary>
    /// Whether the session has rolled a transaction back: its instances may have versions that were never committed, and that another transaction
    /// has committed since. Then a version protects nothing.
    /// </summary>
    public bool HasRolledBack { get; init; }

    private int SomeRow => random.Next(1, world.Settings.RowsPerKind + 1);

    private int SomeShelf => random.Next(1, RowTable.Shelves + 1);

    public void Make(ISession session, int count)
    {
        for (; count > 0; count--)
        {
            switch (random.Next(14))
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
                case 10:
                    UpdateDetached(session, SomeRow);
                    break;
                case 11:
                    MergeDetached(session, SomeRow);
                    break;
                default:
                    MakeVersioned(session);
                    break;
            }
            if (random.Next(3) == 0)
                session.Flush();
            Worker.MayPause();
        }
    }

    public void Make(IStatelessSession session)
    {
        if (random.Next(3) == 0)
        {
            var doc = session.Get<Doc>(SomeRow);
            doc.Rev = attempts.NextRev("stateless, doc", RowKind.Doc, doc.Id);
            session.Update(doc);
            return;
        }
        if (session.Get<Item>(SomeRow) is not { } item)
            return;
        Worker.MayPause();
        if (session.CreateSQLQuery("select rev from item where id = :id for update").SetInt32("id", item.Id).List<object>().Count == 0)
            return;
        item.Rev = attempts.NextRev("stateless, item", RowKind.Item, item.Id);
        item.Shelf = new Shelf { Id = SomeShelf };
        session.Update(item);
    }

    /// <summary>A versioned row, which needs no lock as a rule.</summary>
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
            Worker.MayPause();
            if (HasRolledBack)
                Lock(session, typeof(T).Name, row.Id);
            row.Rev = attempts.NextRev("updates versioned", RowTable.KindOf(typeof(T)), row.Id);
            attempts.Attempt(world.Rows.Of<T>(row.Id), new RowState(row.Rev));
        }
    }

    /// <summary>One statement that is committed when it has run; whether it met a row.</summary>
    public bool MakeAtOnce(ISession session)
    {
        if (random.Next(2) == 0)
        {
            var kind = Workers.Attempts.Simple[random.Next(Workers.Attempts.Simple.Length)];
            var id = kind == RowKind.Shelf ? SomeShelf : SomeRow;
            var rev = attempts.NextRev("autocommits", kind, id);
            attempts.Attempt(world.Rows.Of(kind, id), new RowState(rev));
            var version = kind is RowKind.Doc or RowKind.Memo ? ", version = version + 1" : "";
            return session.CreateSQLQuery($"update {kind} set rev = :rev{version} where id = :id and rev < :rev").SetInt64("rev", rev).SetInt32("id", id).ExecuteUpdate() == 1;
        }
        var (item, shelf) = (SomeRow, SomeShelf);
        var itemRev = attempts.NextRev("autocommits", RowKind.Item, item);
        attempts.Attempt(world.Rows.Of<Item>(item), new RowState(itemRev, true, shelf, RowState.UnknownTags));
        var update = random.Next(2) == 0
            ? session.CreateQuery("update Item set Rev = :rev, Shelf = :shelf where Id = :id and Rev < :rev").SetEntity("shelf", session.Load<Shelf>(shelf))
            : session.CreateSQLQuery("update item set rev = :rev, shelf_id = :shelf where id = :id and rev < :rev").SetInt32("shelf", shelf);
        return update.SetInt64("rev", itemRev).SetInt32("id", item).ExecuteUpdate() == 1;
    }

    private void UpdateItem(ISession session, int id)
    {
        if (session.Get<Item>(id) is not { } item)
        {
            InsertItem(session, id);
            return;
        }
        Worker.MayPause();
        if (!Lock(session, "item", id))
            return;
        item.Rev = attempts.NextRev("updates", RowKind.Item, id);
        if (random.Next(2) == 0)
            item.Shelf = session.Load<Shelf>(SomeShelf);
        if (random.Next(2) == 0)
            item.IsOpen = !item.IsOpen;
        if (random.Next(3) == 0)
        {
            var tag = session.Load<Tag>(random.Next(1, RowTable.Tags + 1));
            if (!item.Tags.Remove(tag))
                item.Tags.Add(tag);
        }
    }

    /// <summary>An item that another session has read, some time ago and perhaps from the cache; all columns are written.</summary>
    private void UpdateDetached(ISession session, int id)
    {
        if (Detached(id) is not { } item || !Lock(session, "item", id))
            return;
        item.Rev = attempts.NextRev("updates detached", RowKind.Item, id);
        // Not the instance this session may have: what that has changed is flushed, and this one takes its place.
        if (session.Get<Item>(id) is { } own)
        {
            session.Flush();
            session.Evict(own);
        }
        session.Update(item);
        session.Flush();
    }

    private void MergeDetached(ISession session, int id)
    {
        if (Detached(id) is not { } item || !Lock(session, "item", id))
            return;
        item.Rev = attempts.NextRev("merges", RowKind.Item, id);
        session.Merge(item);
    }

    private Item? Detached(int id)
    {
        using var suppressed = new System.Transactions.TransactionScope(System.Transactions.TransactionScopeOption.Suppress);
        using var session = factory.OpenSession();
        var item = session.Get<Item>(id);
        if (item is null)
            return null;
        NHibernateUtil.Initialize(item.Tags);
        item.Shelf = session.Load<Shelf>(SomeShelf);
        return item;
    }

    private void InsertItem(ISession session, int id)
    {
        var item = new Item { Id = id, Code = $"code {id}", Shelf = session.Load<Shelf>(SomeShelf), IsOpen = true };
        session.Save(item);
        session.Flush();
        // Only now is the row ours: another transaction's deletion of its predecessor has ended.
        item.Rev = attempts.NextRev("inserts", RowKind.Item, id);
        attempts.Inserted(id);
    }

    private void DeleteItem(ISession session, int id)
    {
        if (session.Get<Item>(id) is not { } item || !Lock(session, "item", id))
            return;
        var rev = attempts.NextRev("deletes", RowKind.Item, id);
        session.Delete(item);
        session.Flush();
        attempts.Deleted(id, rev);
    }

    private void Bulk(ISession session)
    {
        var (rev, shelf, other) = (attempts.NextRev("bulk", RowKind.Item, null), SomeShelf, SomeShelf);
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
            .SetInt64("rev", attempts.NextRev("native", RowKind.Item, id)).SetInt32("shelf", SomeShelf).SetInt32("id", id).SetInt32("old", SomeShelf).ExecuteUpdate();
        if (random.Next(2) == 0)
            session.CreateSQLQuery("update item set isopen = not isopen where id = :id").SetInt32("id", id).ExecuteUpdate();
        else
            session.CreateSQLQuery("update item set rev = :rev where id = :id and rev < :rev").SetInt64("rev", attempts.NextRev("native", RowKind.Item, id)).SetInt32("id", id).ExecuteUpdate();
    }

    private void UpdateLocked<T>(ISession session, int id)
        where T : class, IRevised
    {
        var row = session.Get<T>(id);
        Worker.MayPause();
        Lock(session, typeof(T).Name, id);
        row.Rev = attempts.NextRev("updates locked", RowTable.KindOf(typeof(T)), id);
    }

    private static bool Lock(ISession session, string table, int id) =>
        session.CreateSQLQuery($"select rev from {table} where id = :id for update").SetInt32("id", id).List<object>().Count > 0;
}
