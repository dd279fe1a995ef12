using NHibernate.Caches.Granular.Oracle.Rows;
using NHibernate.Criterion;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular.Oracle.Workers;

/// <summary>One way of reading through the cache. Thread-safe: immutable.</summary>
/// <param name="Name">For people.</param>
/// <param name="Kind">What is asked for what.</param>
/// <param name="About">What the number chooses.</param>
/// <param name="Look">Reads.</param>
internal sealed record Reading(string Name, ReadingKind Kind, ReadingTarget About, Action<ISession, int, Sight> Look)
{
    /// <summary>
    /// A native query that does not say which tables it reads. NHibernate's own query cache never drops its result; whoever uses
    /// it is told to declare the tables, and that cache is judged by this reading separately.
    /// </summary>
    public static readonly Reading Undeclared = new("native, tables not declared", ReadingKind.Query, ReadingTarget.Row, (session, n, sight) => Native(session, n, sight, declared: false));

    public static readonly ImmutableArray<Reading> All =
    [
        new("scalar", ReadingKind.Query, ReadingTarget.Row, Scalar),
        new("count", ReadingKind.Query, ReadingTarget.Shelf, Count),
        new("sum", ReadingKind.Query, ReadingTarget.Shelf, Sum),
        new("members", ReadingKind.Query, ReadingTarget.Shelf, Members),
        new("members, asynchronously", ReadingKind.Query, ReadingTarget.Shelf, MembersAsynchronously),
        new("members by subquery", ReadingKind.Query, ReadingTarget.Shelf, MembersBySubquery),
        new("first members", ReadingKind.Query, ReadingTarget.Shelf, FirstMembers),
        new("open members", ReadingKind.Query, ReadingTarget.Shelf, OpenMembers),
        new("join", ReadingKind.Query, ReadingTarget.Shelf, Join),
        new("join by tag", ReadingKind.Query, ReadingTarget.Tag, JoinByTag),
        new("entity list", ReadingKind.Query, ReadingTarget.Shelf, EntityList),
        new("criteria entities", ReadingKind.Query, ReadingTarget.Shelf, CriteriaEntities),
        new("native", ReadingKind.Query, ReadingTarget.Row, (session, n, sight) => Native(session, n, sight, declared: true)),
        Undeclared,
        new("future pair", ReadingKind.Query, ReadingTarget.Row, FuturePair),
        new("future entities", ReadingKind.Query, ReadingTarget.Row, FutureEntities),
        new("scalar note", ReadingKind.Query, ReadingTarget.Row, ScalarNote),
        new("fetched collection", ReadingKind.Query, ReadingTarget.Shelf, FetchedCollection),
        new("natural id", ReadingKind.Query, ReadingTarget.Row, NaturalId),
        new("get item", ReadingKind.Get, ReadingTarget.Row, Get<Item>),
        new("get shelf", ReadingKind.Get, ReadingTarget.Shelf, Get<Shelf>),
        new("get doc", ReadingKind.Get, ReadingTarget.Row, Get<Doc>),
        new("get note", ReadingKind.Get, ReadingTarget.Row, Get<Note>),
        new("get memo", ReadingKind.Get, ReadingTarget.Row, Get<Memo>),
        new("load item", ReadingKind.Load, ReadingTarget.Row, Load<Item>),
        new("load shelf", ReadingKind.Load, ReadingTarget.Shelf, Load<Shelf>),
        new("load doc", ReadingKind.Load, ReadingTarget.Row, Load<Doc>),
        new("load note", ReadingKind.Load, ReadingTarget.Row, Load<Note>),
        new("load memo", ReadingKind.Load, ReadingTarget.Row, Load<Memo>),
        new("load docs together", ReadingKind.Load, ReadingTarget.Row, LoadTogether<Doc>),
        new("load notes together", ReadingKind.Load, ReadingTarget.Row, LoadTogether<Note>),
        new("reference", ReadingKind.Load, ReadingTarget.Row, Reference),
        new("collection", ReadingKind.InverseCollection, ReadingTarget.Shelf, Collection),
        new("collections together", ReadingKind.InverseCollection, ReadingTarget.Shelf, CollectionsTogether),
        new("items of tag", ReadingKind.InverseCollection, ReadingTarget.Tag, ItemsOfTag),
        new("tags of item", ReadingKind.Collection, ReadingTarget.Row, TagsOfItem),
    ];

    /// <summary>How many different answers there are.</summary>
    public int Choices(RowTable rows) => About switch
    {
        ReadingTarget.Shelf => RowTable.Shelves,
        ReadingTarget.Tag => RowTable.Tags,
        _ => rows.RowsPerKind,
    };

    private static void Get<T>(ISession session, int id, Sight sight)
        where T : class, IRevised
    {
        if (session.Get<T>(id) is { } row)
            sight.See<T>(row.Id, row.Rev);
        else
            sight.Miss<T>(id);
    }

    private static void Load<T>(ISession session, int id, Sight sight)
        where T : class, IRevised => See(session.Load<T>(id), id, sight);

    // The first that is needed brings the others along.
    private static void LoadTogether<T>(ISession session, int id, Sight sight)
        where T : class, IRevised
    {
        var rows = Enumerable.Range(1, sight.Rows.RowsPerKind).ToDictionary(number => number, number => session.Load<T>(number));
        See(rows[id], id, sight);
        foreach (var (number, row) in rows.Where(row => row.Key != id))
            See(row, number, sight);
    }

    private static void See<T>(T proxy, int id, Sight sight)
        where T : class, IRevised
    {
        try
        {
            sight.See<T>(id, proxy.Rev);
        }
        catch (ObjectNotFoundException)
        {
            sight.Miss<T>(id);
        }
    }

    private static void Reference(ISession session, int id, Sight sight)
    {
        if (session.Get<Item>(id) is not { } item)
        {
            sight.Miss<Item>(id);
            return;
        }
        sight.See<Item>(id, item.Rev);
        if (item.Shelf is { } shelf)
            sight.See<Shelf>(shelf.Id, shelf.Rev);
    }

    private static void Scalar(ISession session, int n, Sight sight)
    {
        var found = session.CreateQuery("select i.Rev from Item i where i.Id = :id").SetInt32("id", n).SetCacheable(true).List<long>();
        if (found.Count == 0)
            sight.Miss<Item>(n);
        else
            sight.See<Item>(n, found[0]);
    }

    private static void ScalarNote(ISession session, int n, Sight sight)
    {
        foreach (var note in session.Query<Note>().Where(note => note.Id == n).Select(note => new { note.Id, note.Rev }).WithOptions(o => o.SetCacheable(true)))
            sight.See<Note>(note.Id, note.Rev);
    }

    private static void Count(ISession session, int shelf, Sight sight) =>
        sight.Count(Condition.OnShelf(shelf), session.Query<Item>().Where(item => item.Shelf!.Id == shelf).WithOptions(o => o.SetCacheable(true)).LongCount());

    private static void Sum(ISession session, int shelf, Sight sight)
    {
        var sum = session.CreateQuery("select sum(i.Rev) from Item i where i.Shelf.Id = :shelf").SetInt32("shelf", shelf).SetCacheable(true).UniqueResult<long?>();
        sight.Sum(Condition.OnShelf(shelf), sum ?? 0);
    }

    private static void Members(ISession session, int shelf, Sight sight) =>
        SeeMembers(session.CreateQuery("select i.Id from Item i where i.Shelf.Id = :shelf").SetInt32("shelf", shelf).SetCacheable(true).List<int>(), shelf, sight);

    private static void MembersAsynchronously(ISession session, int shelf, Sight sight) =>
        SeeMembers(session.CreateQuery("select i.Id from Item i where i.Shelf.Id = :shelf order by i.Id").SetInt32("shelf", shelf).SetCacheable(true).ListAsync<int>().GetAwaiter().GetResult(), shelf, sight);

    private static void MembersBySubquery(ISession session, int shelf, Sight sight) =>
        SeeMembers(session.CreateQuery("select i.Id from Item i where i.Shelf.Id in (select s.Id from Shelf s where s.Id = :shelf)").SetInt32("shelf", shelf).SetCacheable(true).List<int>(), shelf, sight);

    // Which are the first is judged in snapshots and at rest only.
    private static void FirstMembers(ISession session, int shelf, Sight sight)
    {
        foreach (var row in session.CreateQuery("select i.Id, i.Rev from Item i where i.Shelf.Id = :shelf order by i.Rev desc").SetInt32("shelf", shelf).SetMaxResults(2).SetCacheable(true).List<object[]>())
            sight.See<Item>((int)row[0], (long)row[1]);
    }

    // Whether an item is open is not in the history; only the snapshot's and the last comparison with the database tell.
    private static void OpenMembers(ISession session, int shelf, Sight sight)
    {
        foreach (var item in session.Query<Item>().Where(item => item.Shelf!.Id == shelf && item.IsOpen).Select(item => new { item.Id, item.Rev }).WithOptions(o => o.SetCacheable(true)))
            sight.See<Item>(item.Id, item.Rev);
    }

    private static void Join(ISession session, int shelf, Sight sight)
    {
        sight.Ask(Condition.OnShelf(shelf));
        foreach (var row in session.CreateQuery("select i.Id, i.Rev, s.Rev from Item i join i.Shelf s where s.Id = :shelf").SetInt32("shelf", shelf).SetCacheable(true).List<object[]>())
        {
            sight.See<Item>((int)row[0], (long)row[1]);
            sight.See<Shelf>(shelf, (long)row[2]);
            sight.Belongs((int)row[0]);
        }
    }

    private static void JoinByTag(ISession session, int tag, Sight sight)
    {
        sight.Ask(Condition.HasTag(tag));
        foreach (var row in session.CreateQuery("select i.Id, i.Rev from Item i join i.Tags t where t.Id = :tag").SetInt32("tag", tag).SetCacheable(true).List<object[]>())
        {
            sight.See<Item>((int)row[0], (long)row[1]);
            sight.Belongs((int)row[0]);
        }
    }

    private static void EntityList(ISession session, int shelf, Sight sight) =>
        SeeMembers(session.Query<Item>().Where(item => item.Shelf!.Id == shelf).WithOptions(o => o.SetCacheable(true)).ToList(), shelf, sight);

    private static void CriteriaEntities(ISession session, int shelf, Sight sight) =>
        SeeMembers(session.CreateCriteria<Item>().CreateAlias("Shelf", "s").Add(Restrictions.Eq("s.Id", shelf)).SetCacheable(true).List<Item>(), shelf, sight);

    private static void SeeMembers(IList<int> items, int shelf, Sight sight)
    {
        sight.Ask(Condition.OnShelf(shelf));
        foreach (var item in items)
            sight.Belongs(item);
    }

    private static void SeeMembers(IList<Item> items, int shelf, Sight sight)
    {
        sight.Ask(Condition.OnShelf(shelf));
        foreach (var item in items)
        {
            sight.See<Item>(item.Id, item.Rev);
            sight.Belongs(item.Id);
        }
    }

    private static void Native(ISession session, int n, Sight sight, bool declared)
    {
        var query = session.CreateSQLQuery(declared ? "select rev as r from doc where id = :id" : "select d.rev as r from doc d where d.id = :id").AddScalar("r", NHibernateUtil.Int64);
        if (declared)
            query.AddSynchronizedEntityClass(typeof(Doc));
        foreach (var rev in query.SetInt32("id", n).SetCacheable(true).List<long>())
            sight.See<Doc>(n, rev);
    }

    private static void FuturePair(ISession session, int n, Sight sight)
    {
        var doc = session.Query<Doc>().Where(row => row.Id == n).Select(row => row.Rev).WithOptions(o => o.SetCacheable(true)).ToFuture();
        var memo = session.Query<Memo>().Where(row => row.Id == n).Select(row => row.Rev).WithOptions(o => o.SetCacheable(true)).ToFuture();
        foreach (var rev in doc.GetEnumerable())
            sight.See<Doc>(n, rev);
        foreach (var rev in memo.GetEnumerable())
            sight.See<Memo>(n, rev);
    }

    private static void FutureEntities(ISession session, int n, Sight sight)
    {
        var docs = session.Query<Doc>().Where(row => row.Id == n).WithOptions(o => o.SetCacheable(true)).ToFuture();
        var notes = session.Query<Note>().Where(row => row.Id == n).ToFuture();
        foreach (var doc in docs.GetEnumerable())
            sight.See<Doc>(doc.Id, doc.Rev);
        foreach (var note in notes.GetEnumerable())
            sight.See<Note>(note.Id, note.Rev);
    }

    private static void Collection(ISession session, int id, Sight sight)
    {
        var shelf = session.Get<Shelf>(id);
        sight.See<Shelf>(id, shelf.Rev);
        SeeMembers(shelf.Items, id, sight);
    }

    private static void FetchedCollection(ISession session, int id, Sight sight)
    {
        var shelf = session.CreateQuery("select distinct s from Shelf s left join fetch s.Items where s.Id = :id").SetInt32("id", id).SetCacheable(true).UniqueResult<Shelf>();
        sight.See<Shelf>(id, shelf.Rev);
        SeeMembers(shelf.Items, id, sight);
    }

    private static void CollectionsTogether(ISession session, int id, Sight sight)
    {
        var shelves = Enumerable.Range(1, RowTable.Shelves).Select(number => session.Get<Shelf>(number)).ToList();
        foreach (var shelf in shelves)
            sight.See<Shelf>(shelf.Id, shelf.Rev);
        SeeMembers(shelves[id - 1].Items, id, sight);
    }

    private static void ItemsOfTag(ISession session, int id, Sight sight)
    {
        sight.Ask(Condition.HasTag(id));
        foreach (var item in session.Get<Tag>(id).Items)
        {
            sight.See<Item>(item.Id, item.Rev);
            sight.Belongs(item.Id);
        }
    }

    private static void TagsOfItem(ISession session, int n, Sight sight)
    {
        if (session.Get<Item>(n) is not { } item)
        {
            sight.Miss<Item>(n);
            return;
        }
        sight.See<Item>(n, item.Rev);
        var mask = 0;
        foreach (var tag in item.Tags)
            mask |= 1 << tag.Id;
        sight.HasTags(n, mask);
    }

    private static void NaturalId(ISession session, int n, Sight sight)
    {
        var found = session.CreateCriteria<Item>().Add(Restrictions.NaturalId().Set("Code", $"code {n}")).SetCacheable(true).UniqueResult<Item>();
        if (found is null)
            sight.Miss<Item>(n);
        else
            sight.See<Item>(found.Id, found.Rev);
    }
}

/// <summary>What is asked for what, as far as it is counted by itself.</summary>
internal enum ReadingKind
{
    /// <summary>Queries with the query cache, whatever they list.</summary>
    Query,

    /// <summary>An entity by its identifier, at once.</summary>
    Get,

    /// <summary>An entity behind a proxy or a reference, when it is needed.</summary>
    Load,

    /// <summary>A collection that its owner writes.</summary>
    Collection,

    /// <summary>A collection that others write.</summary>
    InverseCollection,
}

/// <summary>What a reading's number chooses.</summary>
internal enum ReadingTarget
{
    Row,
    Shelf,
    Tag,
}
