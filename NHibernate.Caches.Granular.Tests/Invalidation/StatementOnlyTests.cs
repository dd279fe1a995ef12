using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Mapping.ByCode;

namespace NHibernate.Caches.Granular.Tests.Invalidation;

/// <summary>
/// Changes that no entity event tells of, or not in full: collections with tables of their own, custom SQL, foreign-key actions,
/// generators. The statement alone shows them (I4).
/// </summary>
public sealed class StatementOnlyTests : BlogFixture
{
    private static readonly string[] s_tables = ["BoxBag", "BoxList", "BoxMap", "BoxIdBag", "BoxPart", "BoxCustom"];

    private static readonly (string Name, Action<Box> Change)[] s_changes =
    [
        ("one is added", box => { box.Bag.Add("z"); box.List.Add("z"); box.Map["z"] = "z"; box.IdBag.Add("z"); box.Parts.Add(new Part { Name = "z", Size = 9 }); box.Custom.Add("z"); }),
        ("one is removed", box => { box.Bag.RemoveAt(0); box.List.RemoveAt(0); box.Map.Remove("a"); box.IdBag.RemoveAt(0); box.Parts.RemoveAt(0); box.Custom.Remove("a"); }),
        ("one is replaced", box => { box.Bag[0] = "z"; box.List[0] = "z"; box.Map["a"] = "z"; box.IdBag[0] = "z"; box.Parts[0].Size = 9; box.Custom.Remove("a"); box.Custom.Add("z"); }),
        ("all are removed", box => { box.Bag.Clear(); box.List.Clear(); box.Map.Clear(); box.IdBag.Clear(); box.Parts.Clear(); box.Custom.Clear(); }),
        ("all are replaced", box => { box.Bag = ["z"]; box.List = ["z"]; box.Map = new Dictionary<string, string> { ["z"] = "z" }; box.IdBag = ["z"]; box.Parts = [new Part { Name = "z" }]; box.Custom = new HashSet<string> { "z" }; }),
    ];

    public static IEnumerable<TestCaseData> Changes => s_changes.Select(change => new TestCaseData(change.Change).SetArgDisplayNames(change.Name));

    private static List<string> Elements(ISession session, string table, int box) =>
        [.. session.CreateSQLQuery($"select name as n from {table} where box_id = :box order by name").AddScalar("n", NHibernateUtil.String).SetInt32("box", box).SetCacheable(true).List<string>()];

    private static List<int> Boxes(ISession session, string table, string name) =>
        [.. session.CreateSQLQuery($"select box_id as b from {table} where name = :name order by box_id").AddScalar("b", NHibernateUtil.Int32).SetString("name", name).SetCacheable(true).List<int>()];

    [TestCaseSource(nameof(Changes))]
    public void Every_kind_of_collection_is_followed_row_by_row(Action<Box> change)
    {
        Commit(session =>
        {
            foreach (var id in new[] { 1, 2 })
                session.Save(NewBox(id));
        });
        foreach (var table in s_tables)
            Read(table);
        Commit(session => change(session.Get<Box>(1)));
        foreach (var table in s_tables)
        {
            // A row of an idbag is deleted by a key of its own: whose it was, the statement does not say.
            if (table != "BoxIdBag")
                Assert.That(Ask(session => Elements(session, table, 2)).WasHit, Is.True, $"{table}: the other box");
            foreach (var box in new[] { 1, 2 })
                Assert.That(Ask(session => Elements(session, table, box)).Result, Is.EqualTo(Real(session => Elements(session, table, box))), table);
            foreach (var name in new[] { "a", "b", "z" })
                Assert.That(Ask(session => Boxes(session, table, name)).Result, Is.EqualTo(Real(session => Boxes(session, table, name))), table);
        }
    }

    [Test]
    public void Owner_s_deletion_removes_all_of_its_collections()
    {
        Commit(session => session.Save(NewBox(1)));
        foreach (var table in s_tables)
            Read(table);
        Commit(session => session.Delete(session.Get<Box>(1)));
        foreach (var table in s_tables)
        {
            Assert.That(Ask(session => Elements(session, table, 1)).Result, Is.Empty, table);
            Assert.That(Ask(session => Boxes(session, table, "a")).Result, Is.Empty, table);
        }
    }

    [Test]
    public void Custom_SQL_that_writes_otherwise_than_told_is_followed_by_what_it_says()
    {
        static List<string> Names(ISession session, string table) => [.. session.CreateSQLQuery($"select name as n from {table} order by name").AddScalar("n", NHibernateUtil.String).SetCacheable(true).List<string>()];
        List<string> Asked(string table) => Ask(session => Names(session, table)).Result;
        Asked("Soft");
        Asked("SoftLog");
        Commit(session => session.Save(new Soft { Id = 1, Name = "a" }));
        Assert.That(Asked("Soft"), Is.EqualTo(new[] { "A" }), "inserted in upper case");
        Commit(session => session.Delete(session.Get<Soft>(1)));
        Assert.That(Asked("Soft"), Is.EqualTo(new[] { "deleted" }), "the row was marked");
    }

    [Test]
    public void Foreign_key_actions_are_followed_over_three_tables()
    {
        static List<int> Of(ISession session, string table, string column, int? value) =>
            [.. session.CreateSQLQuery($"select id as i from {table} where {column} {(value is null ? "is null" : "= " + value)} order by id").AddScalar("i", NHibernateUtil.Int32).SetCacheable(true).List<int>()];
        Commit(session => session.CreateSQLQuery("""
            insert into Top (id) values (0), (1), (2); insert into Middle (id, top_id, home_id) values (1, 1, 2), (2, 2, 1); insert into Low (id, middle_id) values (1, 1), (2, 2)
            """).ExecuteUpdate());
        (string Table, string Column, int? Value)[] questions =
            [("Middle", "top_id", 1), ("Middle", "home_id", 1), ("Middle", "home_id", 0), ("Middle", "id", 1), ("Low", "middle_id", 1), ("Low", "middle_id", null)];
        foreach (var (table, column, value) in questions)
            Ask(session => Of(session, table, column, value));
        Commit(session => session.CreateSQLQuery("delete from Top where id = 1").ExecuteUpdate());
        foreach (var (table, column, value) in questions)
            Assert.That(Ask(session => Of(session, table, column, value)).Result, Is.EqualTo(Real(session => Of(session, table, column, value))), $"{table}.{column} = {value}");
        Assert.That(Ask(session => Of(session, "Low", "middle_id", null)).Result, Is.EqualTo(new[] { 1 }));
        Assert.That(Ask(session => Of(session, "Middle", "home_id", 0)).Result, Is.EqualTo(new[] { 2 }));
    }

    [Test]
    public void Tables_of_generators_are_no_concern_of_the_rows_inserted_with_them()
    {
        static int Count(ISession session) => session.CreateSQLQuery("select count(*) as n from HiLo where name = 'x'").AddScalar("n", NHibernateUtil.Int32).SetCacheable(true).UniqueResult<int>();
        Ask(Count);
        Commit(session => session.Save(new HiLo { Name = "y" }));
        Assert.That(Ask(Count), Is.EqualTo((0, true)));
        Commit(session => session.Save(new HiLo { Name = "x" }));
        Assert.That(Ask(Count), Is.EqualTo((1, false)));
    }

    protected override IEnumerable<string> TablesToEmpty => [.. s_tables, "Box", "Soft", "SoftLog", "Low", "Middle", "Top", "HiLo", .. base.TablesToEmpty];

    protected override void CreateMore()
    {
        using var connection = new Npgsql.NpgsqlConnection(ConnectionString);
        connection.Open();
        using var command = new Npgsql.NpgsqlCommand("""
            create table SoftLog (name text);
            create table Top (id int primary key);
            create table Middle (id int primary key, top_id int references Top on delete cascade, home_id int default 0 references Top on delete set default);
            create table Low (id int primary key, middle_id int references Middle on delete set null);
            """, connection);
        command.ExecuteNonQuery();
    }

    protected override ModelMapper Map()
    {
        var mapper = base.Map();
        mapper.Class<Box>(map =>
        {
            map.Table("Box");
            map.Id(box => box.Id, id => id.Generator(Generators.Assigned));
            map.Bag(box => box.Bag, bag => Own(bag, "BoxBag"), relation => relation.Element(element => element.Column("name")));
            map.List(box => box.List, list =>
            {
                Own(list, "BoxList");
                list.Index(index => index.Column("place"));
            }, relation => relation.Element(element => element.Column("name")));
            map.Map(box => box.Map, own => Own(own, "BoxMap"), key => key.Element(element => element.Column("word")), relation => relation.Element(element => element.Column("name")));
            map.IdBag(box => box.IdBag, bag =>
            {
                Own(bag, "BoxIdBag");
                bag.Id(id =>
                {
                    id.Column("row_id");
                    id.Generator(Generators.Guid);
                });
            }, relation => relation.Element(element => element.Column("name")));
            map.Bag(box => box.Parts, bag => Own(bag, "BoxPart"), relation => relation.Component(part =>
            {
                part.Property(p => p.Name);
                part.Property(p => p.Size);
            }));
            map.Set(box => box.Custom, set =>
            {
                Own(set, "BoxCustom");
                set.SqlInsert("insert into BoxCustom (box_id, name) values (?, ?)");
                set.SqlDelete("delete from BoxCustom where box_id = ? and name = ?");
                set.SqlDeleteAll("delete from BoxCustom where box_id = ?");
            }, relation => relation.Element(element => element.Column("name")));
        });
        mapper.Class<Soft>(map =>
        {
            map.Table("Soft");
            map.Id(soft => soft.Id, id => id.Generator(Generators.Assigned));
            map.Property(soft => soft.Name);
            map.SqlInsert("insert into Soft (Name, Id) values (upper(?), ?)");
            map.SqlDelete("update Soft set Name = 'deleted' where Id = ?");
        });
        mapper.Class<HiLo>(map =>
        {
            map.Table("HiLo");
            map.Id(row => row.Id, id => id.Generator(Generators.HighLow));
            map.Property(row => row.Name);
        });
        return mapper;
    }

    private static void Own<T, TElement>(ICollectionPropertiesMapper<T, TElement> collection, string table)
    {
        collection.Table(table);
        collection.Key(key => key.Column("box_id"));
    }

    private static Box NewBox(int id) => new()
    {
        Id = id,
        Bag = ["a", "b"],
        List = ["a", "b"],
        Map = new Dictionary<string, string> { ["a"] = "a", ["b"] = "b" },
        IdBag = ["a", "b"],
        Parts = [new Part { Name = "a", Size = 1 }, new Part { Name = "b", Size = 2 }],
        Custom = new HashSet<string> { "a", "b" },
    };

    private void Read(string table)
    {
        foreach (var box in new[] { 1, 2 })
            Ask(session => Elements(session, table, box));
        foreach (var name in new[] { "a", "b", "z" })
            Ask(session => Boxes(session, table, name));
    }

    private T Real<T>(Func<ISession, T> query) => Commit(session =>
    {
        session.CacheMode = CacheMode.Ignore;
        return query(session);
    });

    public class Box
    {
        public virtual int Id { get; set; }

        public virtual IList<string> Bag { get; set; } = [];

        public virtual IList<string> List { get; set; } = [];

        public virtual IDictionary<string, string> Map { get; set; } = new Dictionary<string, string>();

        public virtual IList<string> IdBag { get; set; } = [];

        public virtual IList<Part> Parts { get; set; } = [];

        public virtual ISet<string> Custom { get; set; } = new HashSet<string>();
    }

    public class Part
    {
        public virtual string Name { get; set; } = "";

        public virtual int Size { get; set; }
    }

    public class Soft
    {
        public virtual int Id { get; set; }

        public virtual string Name { get; set; } = "";
    }

    public class HiLo
    {
        public virtual int Id { get; set; }

        public virtual string Name { get; set; } = "";
    }
}
