using NHibernate.Caches.Granular.Tests.Cases;
using NHibernate.Caches.Granular.Tests.Merging.Model;
using NHibernate.Engine;
using NHibernate.Proxy;

namespace NHibernate.Caches.Granular.Tests.Merging;

/// <summary>
/// <c>layouts.cases</c>: <c>layout state place ⇒ outcome</c>. A result is cached; then another session, which has something of one of the
/// result's entities, lists the same query.
/// </summary>
public sealed class LayoutCaseTests : LibraryFixture
{
    private static readonly string[] s_layouts = ["shallow", "full", "auto"];

    /// <summary>What the session has of the entity, and how it got it.</summary>
    private static readonly Dictionary<string, Func<ISession, System.Type, object?>> s_states = new()
    {
        ["absent"] = (_, _) => null,
        ["clean"] = (session, type) => session.Get(type, 1),
        ["dirty"] = (session, type) =>
        {
            var entity = session.Get(type, 1);
            type.GetProperty("Name")!.SetValue(entity, "Mine");
            return entity;
        },
        ["proxy"] = (session, type) => session.Load(type, 1),
        ["deleted"] = (session, type) =>
        {
            var entity = session.Get(type, 1);
            session.Delete(entity);
            return entity;
        },
        ["evicted"] = (session, type) =>
        {
            var entity = session.Get(type, 1);
            session.Evict(entity);
            return entity;
        },
        ["read-only"] = (session, type) =>
        {
            var entity = session.Get(type, 1);
            session.SetReadOnly(entity, true);
            return entity;
        },
    };

    /// <summary>The query, the entity's class, and where it stands in the result.</summary>
    private static readonly Dictionary<string, (string Hql, System.Type Type, Func<object, object?> Find)> s_places = new()
    {
        ["single"] = ("from Author a order by a.Id", typeof(Author), row => row),
        ["join-fetched"] = ("from Book b join fetch b.Author order by b.Id", typeof(Author), row => ((Book)row).Author),
        ["collection-fetched"] = ("select distinct b from Book b left join fetch b.Chapters order by b.Id", typeof(Chapter), row => ((Book)row).Chapters[0]),
        ["inheritance"] = ("from Medium m order by m.Id", typeof(Medium), row => row),
    };

    private static IEnumerable<TestCaseData> Cases => CaseFile.Read("layouts.cases");

    [TestCaseSource(nameof(Cases))]
    public void Hit_does(string input, string expected)
    {
        ArgumentNullException.ThrowIfNull(input);
        var words = input.Split(' ');
        var (layout, state, place) = (words[0], words[1], words[2]);
        Commit(session => List(session, layout, place));
        var hits = Statistics.QueryCacheHitCount;

        var outcome = Play(CacheMode.Normal, layout, state, place, out var statements);

        Assert.That(Statistics.QueryCacheHitCount, Is.EqualTo(hits + 1), "it was a hit");
        Assert.That($"{outcome}, {statements}", Is.EqualTo(expected));
        Assert.That(outcome, Is.EqualTo(Play(CacheMode.Ignore, layout, state, place, out _)), "as without a cache");
    }

    [Test]
    public void Every_layout_state_and_place_has_its_case() =>
        Assert.That(Cases.Select(data => data.Arguments[0]), Is.EquivalentTo(s_layouts.SelectMany(layout => s_states.Keys.SelectMany(state => s_places.Keys.Select(place => $"{layout} {state} {place}")))));

    private string Play(CacheMode mode, string layout, string state, string place, out long statements)
    {
        using var session = Factory.OpenSession();
        session.FlushMode = FlushMode.Manual;
        var (_, type, find) = s_places[place];
        var had = s_states[state](session, type);
        session.CacheMode = mode;
        (var rows, statements) = Counted(() => List(session, layout, place));
        var found = find(rows[0]!)!;
        return $"{Instance(found, had)} {type.GetProperty("Name")!.GetValue(found)}, {StatusOf(session, found)}";
    }

    private static string Instance(object found, object? had) => !ReferenceEquals(found, had) ? "new" : found is INHibernateProxy ? "proxy" : "same";

    private static string StatusOf(ISession session, object found)
    {
        var context = session.GetSessionImplementation().PersistenceContext;
        return context.GetEntry(context.Unproxy(found)).Status switch
        {
            Status.Loaded => session.IsDirty() ? "dirty" : "loaded",
            Status.Deleted => "deleted",
            Status.ReadOnly => "read-only",
            var other => other.ToString(),
        };
    }

    private static System.Collections.IList List(ISession session, string layout, string place) =>
        session.CreateQuery(s_places[place].Hql).SetCacheable(true).SetCacheRegion(layout).List();
}
