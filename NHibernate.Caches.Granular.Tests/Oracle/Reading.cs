using NHibernate.Criterion;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular.Tests.Oracle;

/// <summary>One way of reading through the cache. Thread-safe: immutable.</summary>
/// <param name="Name">For people.</param>
/// <param name="Look">Reads; the number chooses a row, shelf or tag.</param>
internal sealed record Reading(string Name, Action<ISession, int, Sight> Look)
{
    public const int Shelves = 4;
    public const int Tags = 3;

    public static readonly ImmutableArray<Reading> All =
    [
        new("scalar", Scalar),
        new("count", Count),
        new("sum", Sum),
        new("members", Members),
        new("members, asynchronously", MembersAsynchronously),
        new("open members", OpenMembers),
        new("join", Join),
        new("join by tag", JoinByTag),
        new("entity list", EntityList),
        new("criteria entities", CriteriaEntities),
        new("native scalar", NativeScalar),
        new("future pair", FuturePair),
        new("get item", (session, n, sight) => Get<Item>(session, n, sight)),
        new("get shelf", (session, n, sight) => Get<Shelf>(session, 1 + (n % Shelves), sight)),
        new("get doc", (session, n, sight) => Get<Doc>(session, n, sight)),
        new("get note", (session, n, sight) => Get<Note>(session, n, sight)),
        new("get memo", (session, n, sight) => Get<Memo>(session, n, sight)),
        new("scalar note", ScalarNote),
        new("collection", Collection),
        new("tags of item", TagsOfItem),
        new("natural id", NaturalId),
    ];

    private static RowId Row<T>(int id) => new(typeof(T), id);

    private static void See<T>(Sight sight, T row)
        where T : class, IRevised => sight.Revisions[Row<T>(row.Id)] = row.Rev;

    private static void Get<T>(ISession session, int id, Sight sight)
        where T : class, IRevised
    {
        if (session.Get<T>(id) is { } row)
            See(sight, row);
        else
            sight.Absent.Add(Row<T>(id));
    }

    private static void Scalar(ISession session, int n, Sight sight)
    {
        var found = session.CreateQuery("select i.Rev from Item i where i.Id = :id").SetInt32("id", n).SetCacheable(true).List<long>();
        if (found.Count == 0)
            sight.Absent.Add(Row<Item>(n));
        else
            sight.Revisions[Row<Item>(n)] = found[0];
    }

    private static void ScalarNote(ISession session, int n, Sight sight)
    {
        foreach (var note in session.Query<Note>().Where(note => note.Id == n).Select(note => new { note.Id, note.Rev }).WithOptions(o => o.SetCacheable(true)))
            sight.Revisions[Row<Note>(note.Id)] = note.Rev;
    }

    private static void Count(ISession session, int n, Sight sight)
    {
        var shelf = 1 + (n % Shelves);
        var count = session.Query<Item>().Where(item => item.Shelf!.Id == shelf).WithOptions(o => o.SetCacheable(true)).LongCount();
        sight.Total = (state => state.Exists && state.Shelf == shelf ? 1 : 0, count);
    }

    private static void Sum(ISession session, int n, Sight sight)
    {
        var shelf = 1 + (n % Shelves);
        var sum = session.CreateQuery("select sum(i.Rev) from Item i where i.Shelf.Id = :shelf").SetInt32("shelf", shelf).SetCacheable(true).UniqueResult<long?>();
        sight.Total = (state => state.Exists && state.Shelf == shelf ? state.Rev : 0, sum ?? 0);
    }

    private static void Members(ISession session, int n, Sight sight)
    {
        var shelf = 1 + (n % Shelves);
        var ids = session.CreateQuery("select i.Id from Item i where i.Shelf.Id = :shelf").SetInt32("shelf", shelf).SetCacheable(true).List<int>();
        sight.Members = (state => state.Exists && state.Shelf == shelf, [.. ids]);
    }

    private static void MembersAsynchronously(ISession session, int n, Sight sight)
    {
        var shelf = 1 + (n % Shelves);
        var ids = session.CreateQuery("select i.Id from Item i where i.Shelf.Id = :shelf order by i.Id").SetInt32("shelf", shelf).SetCacheable(true).ListAsync<int>().GetAwaiter().GetResult();
        sight.Members = (state => state.Exists && state.Shelf == shelf, [.. ids]);
    }

    // Whether an item is open is not in the history; only the snapshot's and the last comparison with the database tell.
    private static void OpenMembers(ISession session, int n, Sight sight)
    {
        var shelf = 1 + (n % Shelves);
        foreach (var item in session.Query<Item>().Where(item => item.Shelf!.Id == shelf && item.IsOpen).Select(item => new { item.Id, item.Rev }).WithOptions(o => o.SetCacheable(true)))
            sight.Revisions[Row<Item>(item.Id)] = item.Rev;
    }

    private static void Join(ISession session, int n, Sight sight)
    {
        var shelf = 1 + (n % Shelves);
        var rows = session.CreateQuery("select i.Id, i.Rev, s.Rev from Item i join i.Shelf s where s.Id = :shelf").SetInt32("shelf", shelf).SetCacheable(true).List<object[]>();
        foreach (var row in rows)
        {
            sight.Revisions[Row<Item>((int)row[0])] = (long)row[1];
            sight.Revisions[Row<Shelf>(shelf)] = (long)row[2];
        }
        sight.Members = (state => state.Exists && state.Shelf == shelf, [.. rows.Select(row => (int)row[0])]);
    }

    private static void JoinByTag(ISession session, int n, Sight sight)
    {
        var tag = 1 + (n % Tags);
        var rows = session.CreateQuery("select i.Id, i.Rev from Item i join i.Tags t where t.Id = :tag").SetInt32("tag", tag).SetCacheable(true).List<object[]>();
        foreach (var row in rows)
            sight.Revisions[Row<Item>((int)row[0])] = (long)row[1];
        sight.Members = (state => state.Exists && (state.Tags & (1 << tag)) != 0, [.. rows.Select(row => (int)row[0])]);
    }

    private static void EntityList(ISession session, int n, Sight sight)
    {
        var shelf = 1 + (n % Shelves);
        SeeMembers(session.Query<Item>().Where(item => item.Shelf!.Id == shelf).WithOptions(o => o.SetCacheable(true)).ToList(), shelf, sight);
    }

    private static void CriteriaEntities(ISession session, int n, Sight sight)
    {
        var shelf = 1 + (n % Shelves);
        SeeMembers(session.CreateCriteria<Item>().CreateAlias("Shelf", "s").Add(Restrictions.Eq("s.Id", shelf)).SetCacheable(true).List<Item>(), shelf, sight);
    }

    private static void SeeMembers(IEnumerable<Item> items, int shelf, Sight sight)
    {
        foreach (var item in items)
            See(sight, item);
        sight.Members = (state => state.Exists && state.Shelf == shelf, [.. items.Select(item => item.Id)]);
    }

    private static void NativeScalar(ISession session, int n, Sight sight)
    {
        foreach (var row in session.CreateSQLQuery("select rev as r from doc where id = :id").AddScalar("r", NHibernateUtil.Int64).SetInt32("id", n).SetCacheable(true).List<long>())
            sight.Revisions[Row<Doc>(n)] = row;
    }

    private static void FuturePair(ISession session, int n, Sight sight)
    {
        var doc = session.Query<Doc>().Where(row => row.Id == n).Select(row => row.Rev).WithOptions(o => o.SetCacheable(true)).ToFuture();
        var memo = session.Query<Memo>().Where(row => row.Id == n).Select(row => row.Rev).WithOptions(o => o.SetCacheable(true)).ToFuture();
        foreach (var rev in doc.GetEnumerable())
            sight.Revisions[Row<Doc>(n)] = rev;
        foreach (var rev in memo.GetEnumerable())
            sight.Revisions[Row<Memo>(n)] = rev;
    }

    private static void Collection(ISession session, int n, Sight sight)
    {
        var shelf = session.Get<Shelf>(1 + (n % Shelves));
        See(sight, shelf);
        SeeMembers([.. shelf.Items], shelf.Id, sight);
    }

    private static void TagsOfItem(ISession session, int n, Sight sight)
    {
        if (session.Get<Item>(n) is not { } item)
        {
            sight.Absent.Add(Row<Item>(n));
            return;
        }
        See(sight, item);
        sight.Tags = (Row<Item>(n), item.Tags.Aggregate(0, (bits, tag) => bits | (1 << tag.Id)));
    }

    private static void NaturalId(ISession session, int n, Sight sight)
    {
        var found = session.CreateCriteria<Item>().Add(Restrictions.NaturalId().Set("Code", $"code {n}")).SetCacheable(true).UniqueResult<Item>();
        if (found is null)
            sight.Absent.Add(Row<Item>(n));
        else
            See(sight, found);
    }
}
