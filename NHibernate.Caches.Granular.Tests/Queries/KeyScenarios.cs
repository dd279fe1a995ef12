using System.Collections;
using System.Data.Common;
using NHibernate.Caches.Granular.Queries;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Cfg;
using NHibernate.Criterion;
using NHibernate.Engine;
using NHibernate.Mapping.ByCode;
using NHibernate.SqlTypes;
using NHibernate.Transform;
using NHibernate.Type;
using NHibernate.UserTypes;

namespace NHibernate.Caches.Granular.Tests.Queries;

/// <summary>
/// The catalogue of keys (I13): which two executions are one entry and which are two, and that nothing a caller does to what it
/// gave or got changes what others get.
/// </summary>
public sealed class KeyScenarios : BlogFixture
{
    private const string Note = "note";

    /// <summary>Two executions, each asked once: whether the second may be answered with the first one's entry.</summary>
    public static IEnumerable<TestCaseData> Cases =>
    [
        Two("K01 Text of the SQL", Text("select 1 as v"), Text("select 2 as v")),
        Two("K02 Value of a parameter", Value(1), Value(2)),
        Two("K03 Integers of two widths", Value(1), Value(1L)),
        Two("K04 Number and text", Value(1), Value("1")),
        Two("K05 Null and empty text", Value<string?>(null, NHibernateUtil.String), Value("", NHibernateUtil.String)),
        Two("K06 Kinds of a time", Value(new DateTime(2024, 1, 2, 3, 4, 5, DateTimeKind.Unspecified)), Value(new DateTime(2024, 1, 2, 3, 4, 5, DateTimeKind.Local))),
        Two("K07 Ticks of a time", Value(new DateTime(2024, 1, 2)), Value(new DateTime(2024, 1, 2).AddTicks(10))),
        Two("K08 Decimals of one value and two scales", Value(1.0m), Value(1.00m)),
        Two("K09 Zero and negative zero", Value(0.0), Value(-0.0)),
        Two("K10 Bytes", Value(new byte[] { 1, 2 }), Value(new byte[] { 1, 3 })),
        Two("K11 Members of an enum", Value(DayOfWeek.Monday), Value(DayOfWeek.Tuesday)),
        Two("K12 Lists of another split", Lists(["a,b", "c"], []), Lists(["a", "b,c"], [])),
        Two("K13 Two lists of another split", Lists(["a", "b"], ["c"]), Lists(["a"], ["b", "c"])),
        Two("K14 Names of parameters exchanged", Named("a", "first", "b", "second"), Named("b", "first", "a", "second")),
        One("K15 Parameters set in another order", Named("a", "first", "b", "second"), Named("b", "second", "a", "first", reverse: true)),
        Two("K16 Value of a filter's parameter", Filtered(1), Filtered(2)),
        Two("K17 Filter on and off", Filtered(1), Filtered(null)),
        One("K18 Filter with the same parameter", Filtered(1), Filtered(1)),
        Two("K19 First row", Page(0, 1), Page(1, 1)),
        Two("K20 Number of rows", Page(null, 1), Page(null, 2)),
        Two("K21 Page and no page", Page(null, 3), Page(null, null)),
        Two("K22 Kind of a paging bound", Page(1, null), Page(null, 1)),
        Two("K23 Scalar and entity of one native SQL", session => session.CreateSQLQuery("select * from Cat where Id = 1").AddScalar("id", NHibernateUtil.Int32), session => session.CreateSQLQuery("select * from Cat where Id = 1").AddEntity(typeof(Cat))),
        Two("K24 Name of a scalar", Scalar("v"), Scalar("w")),
        Two("K25 Users' types of one short name", Marked(typeof(First.Marker)), Marked(typeof(Second.Marker))),
        Two("K26 Users' values that are equal to .NET only", Spelled("First"), Spelled("first")),
        One("K27 Users' values that are equal to the database only", Spelled("first"), Spelled("first")),
        Two("K28 Region", session => session.CreateQuery("select c.Id from Cat c"), session => session.CreateQuery("select c.Id from Cat c").SetCacheRegion("another")),
        One("K29 Read-only hint", session => session.CreateQuery("from Cat c"), session => session.CreateQuery("from Cat c").SetReadOnly(true)),
        One("K30 Comment", session => session.CreateQuery("from Cat c"), session => session.CreateQuery("from Cat c").SetComment("c")),
        One("K31 Timeout and fetch size", session => session.CreateQuery("from Cat c"), session => session.CreateQuery("from Cat c").SetTimeout(9).SetFetchSize(7)),
        One("K32 Lock mode that locks nothing", session => session.CreateQuery("from Cat c"), session => session.CreateQuery("from Cat c").SetLockMode("c", LockMode.None)),
        One("K33 Flush mode and cache mode", session => session.CreateQuery("from Cat c"), session => session.CreateQuery("from Cat c").SetFlushMode(FlushMode.Manual).SetCacheMode(CacheMode.Get)),
        One("K34 Entity as parameter, of another session", session => session.CreateQuery("from Post p where p.Cat = :c").SetEntity("c", session.Load<Cat>(1)), session => session.CreateQuery("from Post p where p.Cat = :c").SetEntity("c", session.Get<Cat>(1))),
        Two("K35 Entity as parameter, of another class", session => session.CreateQuery("from Post p where p.Cat = :c").SetEntity("c", session.Load<Cat>(1)), session => session.CreateQuery("from Post p where p.Cat = :c").SetEntity("c", session.Load<Cat>(2))),
        One("K36 One SQL with two transformers", session => session.CreateQuery("select c.Id as Id, c.Title as Title from Cat c").SetResultTransformer(Transformers.AliasToEntityMap), session => session.CreateQuery("select c.Id as Id, c.Title as Title from Cat c").SetResultTransformer(Transformers.AliasToBean<Pair>())),
        Two("K37 Positional and named", session => session.CreateSQLQuery("select cast(? as text) as v").AddScalar("v", NHibernateUtil.String).SetString(0, "a"), session => session.CreateSQLQuery("select cast(:a as text) as v").AddScalar("v", NHibernateUtil.String).SetString("a", "b")),
        Two("K38 Fetched collection", session => session.CreateQuery("from Cat c"), session => session.CreateQuery("from Cat c left join fetch c.Posts")),
        Two("K39 Discovered types of another text", session => session.CreateSQLQuery("select 1 as a, 2 as b"), session => session.CreateSQLQuery("select 1 as b, 2 as a")),
        Two("K40 Offsets of one instant", Offset(0), Offset(2)),
    ];

    [TestCaseSource(nameof(Cases))]
    public void Run(Func<ISession, IQuery> first, Func<ISession, IQuery> second, bool isOne)
    {
        Execute(first);
        var (answer, wasHit) = Execute(second);
        Assert.That(wasHit, Is.EqualTo(isOne));
        Assert.That(answer, Is.EqualTo(Commit(session => Print(second(session).List()))), "what the database says");
        Assert.That(Execute(second), Is.EqualTo((answer, true)));
        Assert.That(Execute(first).WasHit, Is.True, "the first one's entry is still its own");
    }

    [TestCase(TestName = "K41 Polymorphic query is one entry for each class")]
    public void Polymorphic()
    {
        static object All(ISession session) => Print(session.CreateQuery("from System.Object o where o.Id = 1").SetCacheable(true).List());
        Assert.That(Ask(All).WasHit, Is.False);
        Assert.That(Ask(All).WasHit, Is.True);
    }

    [TestCase(TestName = "K42 Bytes changed after the query")]
    public void ChangedBytes()
    {
        var bytes = new byte[] { 1, 2 };
        object Look(ISession session) => session.CreateSQLQuery("select encode(:b, 'hex') as v").AddScalar("v", NHibernateUtil.String).SetBinary("b", bytes).SetCacheable(true).UniqueResult();
        Ask(Look);
        bytes[1] = 3;
        Assert.That(Ask(Look), Is.EqualTo(((object)"0103", false)));
        bytes[1] = 2;
        Assert.That(Ask(Look), Is.EqualTo(((object)"0102", true)));
    }

    [TestCase(TestName = "K43 List changed after the query")]
    public void ChangedList()
    {
        var ids = new List<int> { 1 };
        long Look(ISession session) => session.CreateQuery("select count(*) from Post p where p.Id in (:ids)").SetParameterList("ids", ids).SetCacheable(true).UniqueResult<long>();
        Ask(Look);
        ids[0] = 99;
        Assert.That(Ask(Look), Is.EqualTo((0L, false)));
    }

    [TestCase(TestName = "K44 Result list, row and bytes changed by who got them")]
    public void ChangedResult()
    {
        IList Look(ISession session) => session.CreateSQLQuery("select decode('0102', 'hex') as b, Id as i from Cat order by Id").AddScalar("b", NHibernateUtil.BinaryBlob).AddScalar("i", NHibernateUtil.Int32).SetCacheable(true).List();
        var original = Print(Ask(Look).Result);
        for (var i = 0; i < 3; i++)
        {
            var mine = Ask(Look).Result;
            Assert.That(Print(mine), Is.EqualTo(original));
            ((byte[])((object[])mine[0]!)[0])[0] = 9;
            ((object[])mine[0]!)[1] = 77;
            mine.RemoveAt(1);
        }
    }

    [TestCase(TestName = "K45 Bytes of an entity changed by who got them")]
    [Category(TestStore.InProcessOnly)]
    public void ChangedState()
    {
        for (var i = 0; i < 3; i++)
        {
            using var session = Factory.OpenSession();
            var binary = session.Get<Binary>(1);
            Assert.That(binary.Bytes, Is.EqualTo(new byte[] { 1, 2 }));
            Assert.That(binary.Box!.Text, Is.EqualTo("t"));
            binary.Bytes![0] = 9;
            binary.Box.Text = "changed";
        }
        Assert.That(Statistics.SecondLevelCacheHitCount, Is.Positive);
    }

    [TestCase(TestName = "K46 Keys whose hashes collide")]
    public void CollidingHashes()
    {
        static object Look(ISession session, int number) => session.CreateSQLQuery("select :v as v").AddScalar("v", NHibernateUtil.Int32).SetParameter("v", new Collider(number), NHibernateUtil.Custom(typeof(ColliderType))).SetCacheable(true).UniqueResult();
        Ask(session => Look(session, 1));
        Assert.That(Ask(session => Look(session, 2)), Is.EqualTo(((object)2, false)));
        Assert.That(Ask(session => Look(session, 1)), Is.EqualTo(((object)1, true)));
    }

    [TestCase(TestName = "K47 Multi-queries of another page are not cached")]
    public void MultiQuery()
    {
#pragma warning disable CS0618 // What is obsolete must not be wrong.
        static object Look(ISession session, int first) => Print(session.CreateMultiQuery().Add(session.CreateQuery("select p.Id from Post p order by p.Id").SetFirstResult(first).SetMaxResults(1)).SetCacheable(true).List());
#pragma warning restore CS0618
        var zero = Ask(session => Look(session, 0)).Result;
        Assert.That(Ask(session => Look(session, 1)).Result, Is.Not.EqualTo(zero));
        Assert.That(Ask(session => Look(session, 0)).Result, Is.EqualTo(zero));
    }

    [TestCase(TestName = "K48 Natural-id look-up by two values")]
    public void NaturalId()
    {
        static string? Look(ISession session, string code) => ((Coded?)session.CreateCriteria<Coded>().Add(Restrictions.NaturalId().Set("Code", code)).SetCacheable(true).UniqueResult())?.Name;
        Assert.That(Ask(session => Look(session, "a")), Is.EqualTo(("A", false)));
        Assert.That(Ask(session => Look(session, "b")), Is.EqualTo(("B", false)));
        Assert.That(Ask(session => Look(session, "a")), Is.EqualTo(("A", true)));
        Assert.That(Ask(session => Look(session, "c")).Result, Is.Null);
        Commit(session => session.CreateSQLQuery("update Coded set Code = 'c' where Id = 1; update Coded set Code = 'a' where Id = 2").ExecuteUpdate());
        Assert.That(Ask(session => Look(session, "a")), Is.EqualTo(("B", false)));
        Assert.That(Ask(session => Look(session, "c")).Result, Is.EqualTo("A"));
    }

    protected override IEnumerable<string> TablesToEmpty => base.TablesToEmpty.Concat(["Binaries", "Coded"]);

    protected override void Fill(ISession session)
    {
        base.Fill(session);
        session.Save(new Binary { Id = 1, Bytes = [1, 2], Box = new Box { Text = "t" } });
        session.Save(new Coded { Id = 1, Code = "a", Name = "A" });
        session.Save(new Coded { Id = 2, Code = "b", Name = "B" });
    }

    protected override ModelMapper Map()
    {
        var mapper = base.Map();
        mapper.Class<Binary>(map =>
        {
            map.Table("Binaries");
            map.Cache(cache => cache.Usage(CacheUsage.ReadWrite));
            map.Id(binary => binary.Id, id => id.Generator(Generators.Assigned));
            map.Property(binary => binary.Bytes);
            map.Property(binary => binary.Box, property => property.Type<BoxType>());
        });
        mapper.Class<Coded>(map =>
        {
            map.Table("Coded");
            map.Cache(cache => cache.Usage(CacheUsage.ReadWrite));
            map.Id(coded => coded.Id, id => id.Generator(Generators.Assigned));
            map.NaturalId(key => key.Property(coded => coded.Code), key => key.Mutable(true));
            map.Property(coded => coded.Name);
        });
        mapper.Class<Comment>(map => map.Filter(Note, filter => filter.Condition("Id = :number")));
        return mapper;
    }

    protected override void Configure(Configuration configuration)
    {
        base.Configure(configuration);
        configuration.FilterDefinitions[Note] = new FilterDefinition(Note, "Id = :number", new Dictionary<string, IType> { ["number"] = NHibernateUtil.Int32 }, false);
    }

    private (string Answer, bool WasHit) Execute(Func<ISession, IQuery> query) => Ask(session => Print(query(session).SetCacheable(true).List()));

    private static string Print(object? result) => result switch
    {
        null => "null",
        string text => "'" + text + "'",
        byte[] bytes => Convert.ToHexString(bytes),
        IDictionary map => "{" + string.Join(",", map.Cast<DictionaryEntry>().Select(pair => $"{pair.Key}={Print(pair.Value)}").Order(StringComparer.Ordinal)) + "}",
        IEnumerable items => "[" + string.Join(",", items.Cast<object?>().Select(Print)) + "]",
        Pair pair => $"pair {pair.Id} {pair.Title}",
        Cat cat => $"cat {cat.Id} {NHibernateUtil.IsInitialized(cat.Posts)}",
        Post post => $"post {post.Id}",
        _ => $"{result.GetType().FullName} {string.Create(CultureInfo.InvariantCulture, $"{result}")}",
    };

    private static TestCaseData Two(string name, Func<ISession, IQuery> first, Func<ISession, IQuery> second) => new TestCaseData(first, second, false).SetName(name);

    private static TestCaseData One(string name, Func<ISession, IQuery> first, Func<ISession, IQuery> second) => new TestCaseData(first, second, true).SetName(name);

    private static Func<ISession, IQuery> Text(string sql) => session => session.CreateSQLQuery(sql).AddScalar("v", NHibernateUtil.Int32);

    private static Func<ISession, IQuery> Value<T>(T value, IType? type = null) => session =>
    {
        var query = session.CreateSQLQuery("select cast(:v as text) as v").AddScalar("v", NHibernateUtil.String);
        return type is null ? query.SetParameter("v", (object)value!) : query.SetParameter("v", value, type);
    };

    private static Func<ISession, IQuery> Offset(int hours) => session => session.CreateSQLQuery("select cast(:v as text) as v").AddScalar("v", NHibernateUtil.String)
        .SetParameter("v", new DateTimeOffset(2024, 1, 2, 3 + hours, 0, 0, TimeSpan.FromHours(hours)), NHibernateUtil.Custom(typeof(OffsetType)));

    private static Func<ISession, IQuery> Spelled(string text) => session => session.CreateSQLQuery("select cast(:v as text) as v").AddScalar("v", NHibernateUtil.String)
        .SetParameter("v", new Spelling(text), NHibernateUtil.Custom(typeof(SpellingType)));

    private static Func<ISession, IQuery> Marked(System.Type type) => session => session.CreateSQLQuery("select cast(:v as text) as v").AddScalar("v", NHibernateUtil.String)
        .SetParameter("v", "m", NHibernateUtil.Custom(type));

    private static Func<ISession, IQuery> Scalar(string name) => session => session.CreateSQLQuery($"select Id as {name} from Cat").AddScalar(name, NHibernateUtil.Int32);

    private static Func<ISession, IQuery> Lists(string[] first, string[] second) => session =>
        session.CreateQuery($"select p.Id from Post p where p.Title in (:first) or p.Slug in (:second)").SetParameterList("first", first).SetParameterList("second", second.Length == 0 ? ["none"] : second);

    private static Func<ISession, IQuery> Named(string one, string first, string two, string second, bool reverse = false) => session =>
    {
        var query = session.CreateQuery("select p.Id from Post p where p.Title = :a or (p.Slug = :b and p.Id = 99)");
        return reverse ? query.SetString(two, second).SetString(one, first) : query.SetString(one, first).SetString(two, second);
    };

    private static Func<ISession, IQuery> Filtered(int? number) => session =>
    {
        if (number is { } known)
            session.EnableFilter(Note).SetParameter("number", known);
        return session.CreateQuery("select c.Text from Comment c");
    };

    private static Func<ISession, IQuery> Page(int? first, int? max) => session =>
    {
        var query = session.CreateQuery("select p.Id from Post p order by p.Id");
        if (first is { } from)
            query.SetFirstResult(from);
        if (max is { } most)
            query.SetMaxResults(most);
        return query;
    };

    public sealed class Pair
    {
        public int Id { get; set; }

        public string Title { get; set; } = "";
    }

    public class Binary
    {
        public virtual int Id { get; set; }

        public virtual byte[]? Bytes { get; set; }

        public virtual Box? Box { get; set; }
    }

    public class Coded
    {
        public virtual int Id { get; set; }

        public virtual string Code { get; set; } = "";

        public virtual string Name { get; set; } = "";
    }

    /// <summary>A value of a user's that can change.</summary>
    public sealed class Box
    {
        public string Text { get; set; } = "";
    }

    /// <summary>Equal to .NET whatever its case.</summary>
    public sealed class Spelling(string text)
    {
        public string Text { get; } = text;

        public override bool Equals(object? obj) => obj is Spelling other && string.Equals(Text, other.Text, StringComparison.OrdinalIgnoreCase);

        public override int GetHashCode() => StringComparer.OrdinalIgnoreCase.GetHashCode(Text);
    }

    /// <summary>Every two have one hash.</summary>
    public sealed record Collider(int Number)
    {
        public override int GetHashCode() => 1;
    }

    public sealed class SpellingType() : ValueType<Spelling>(SqlTypeFactory.GetString(100), value => value.Text, stored => new Spelling((string)stored));

    public sealed class ColliderType() : ValueType<Collider>(SqlTypeFactory.Int32, value => value.Number, stored => new Collider((int)stored));

    public sealed class OffsetType() : ValueType<DateTimeOffset>(SqlTypeFactory.GetString(100), value => value.ToString("O", CultureInfo.InvariantCulture), stored => DateTimeOffset.Parse((string)stored, CultureInfo.InvariantCulture));

    public sealed class BoxType() : ValueType<Box>(SqlTypeFactory.GetString(100), value => value.Text, stored => new Box { Text = (string)stored }, value => new Box { Text = value.Text });

    /// <summary>A value in one column. Thread-safe: stateless.</summary>
    public abstract class ValueType<T>(SqlType type, Func<T, object> store, Func<object, T> read, Func<T, T>? copy = null) : IUserType
        where T : notnull
    {
        public SqlType[] SqlTypes => [type];

        public System.Type ReturnedType => typeof(T);

        public bool IsMutable => copy is not null;

        public object? NullSafeGet(DbDataReader rs, string[] names, ISessionImplementor session, object owner) => rs[names[0]] is { } stored and not DBNull ? read(stored) : null;

        public void NullSafeSet(DbCommand cmd, object? value, int index, ISessionImplementor session) => cmd.Parameters[index].Value = value is null ? DBNull.Value : store((T)value);

        public object? DeepCopy(object? value) => value is null || copy is null ? value : copy((T)value);

        public object? Replace(object? original, object? target, object owner) => DeepCopy(original);

        public object? Assemble(object? cached, object owner) => DeepCopy(cached);

        public object? Disassemble(object? value) => DeepCopy(value);

        public int GetHashCode(object x) => store((T)x).GetHashCode();

        bool IUserType.Equals(object? x, object? y) => x is null ? y is null : y is not null && store((T)x).Equals(store((T)y));
    }

    public static class First
    {
        public sealed class Marker() : ValueType<string>(SqlTypeFactory.GetString(10), value => "first " + value, stored => (string)stored);
    }

    public static class Second
    {
        public sealed class Marker() : ValueType<string>(SqlTypeFactory.GetString(10), value => "second " + value, stored => (string)stored);
    }
}
