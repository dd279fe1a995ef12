using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Caches.Granular.Tests.Scenarios.Model;
using NHibernate.Criterion;

namespace NHibernate.Caches.Granular.Tests.Scenarios;

/// <summary>Section B: the same value, spelled differently by the query, the change and the database.</summary>
public sealed class ValueScenarios : ScenarioFixture
{
    private const long BeyondDouble = (1L << 53) + 1;

    private static readonly Guid s_token = new("0f8fad5bd9cb469fa16570867728950e");
    private static readonly DateTime s_time = new(2024, 2, 29, 12, 30, 0, 123, 456, DateTimeKind.Unspecified);
    private static readonly DateTime s_instant = new(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly DateOnly s_day = new(2024, 2, 29);
    private static readonly TimeOnly s_clock = new(12, 30);
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);
    private static readonly string[] s_words = ["a", "b"];

    private static readonly Scenario[] s_catalogue =
    [
        new("B01", "Column that ignores case, the same word is inserted in other case", s => Add(s, x => x.Nick = "abc"),
            Drop(Hql("from Sample where Nick = :a", "ABC")), Drop(Over<Sample>(q => q.Where(x => x.Nick == "Abc")))),
        new("B01", "citext column, the same word is inserted in other case", s => Add(s, x => x.Handle = "abc"),
            Drop(Sql("select Id from Sample where Handle = 'ABC'"))),
        new("B01", "Compared in lower case, the word is inserted in other case", s => Add(s, x => x.Renamed = "ABC"),
            Drop(Hql("from Sample where lower(Renamed) = :a", "abc"))),
        new("B01", "Compared without case by criteria, the word is inserted in other case", s => Add(s, x => x.Renamed = "ABC"),
            Drop(Criteria<Sample>(c => c.Add(Restrictions.InsensitiveLike("Renamed", "abc"))))),
        new("B01", "Column that minds case, the word is inserted in other case", s => Add(s, x => x.Renamed = "abc"),
            Keep(Hql("from Sample where Renamed = :a", "ABC"))),
        new("B02", "Column that ignores case, the row is deleted", s => s.Delete(s.Get<Sample>(1)), Drop(Hql("from Sample where Nick = :a", "ABC")))
            { Given = s => Add(s, x => x.Nick = "abc", 1) },
        new("B02", "Blank-padded column, the word is inserted with blanks", s => Add(s, x => x.Code = "ab   "),
            Drop(Hql("from Sample where Code = :a", "ab")), Drop(Sql("select Id from Sample where Code = 'ab  '"))),
        new("B02", "Blank-padded column, the row is deleted", s => s.Delete(s.Get<Sample>(1)), Drop(Hql("select Id from Sample where Code = :a", "ab")))
            { Given = s => Add(s, x => x.Code = "ab", 1) },
        new("B02", "Blank-padded column, another word is inserted", s => Add(s, x => x.Code = "abc"), Keep(Hql("from Sample where Code = :a", "ab"))),
        new("B03", "Decimal, one with more digits is inserted", s => s.Save(new Post { Id = 9, Title = "new", Price = 1.00m }),
            Drop(Linq<Post>(posts => posts.Where(post => post.Price == 1.0m).OrderBy(post => post.Id)))),
        new("B03", "Titles by decimal, the row with more digits is renamed", s => s.Post(1).Title = "changed",
            Drop(Linq<Post>(posts => posts.Where(post => post.Price == 1.0m).Select(post => post.Title)))),
        new("B04", "Decimal, one that the column rounds to it is inserted", s => s.Save(new Post { Id = 9, Title = "new", Price = 1.004m }),
            Drop(Hql("from Post where Price = :a order by Id", 1.00m))),
        new("B04", "Decimal, one that the column rounds to it is inserted by native SQL", s => s.Sql("insert into Post (Id, Title, Visible, Price) values (9, 'new', false, 1.0049)"),
            Drop(Hql("from Post where Price = :a order by Id", 1.00m))),
        new("B04", "Integer, a fraction that the column rounds to it is inserted", s => s.Sql("insert into Post (Id, Title, Visible, Price, Score) values (9, 'new', false, 1, 5.4)"),
            Drop(Hql("select Id from Post where Score = :a order by Id", 5))),
        new("B05", "Instant, the same one is inserted with another offset", s => s.Sql("insert into Sample (Id, Name, Instant) values (9, 'new', '2024-01-01 03:00:00+03')"),
            Drop(Hql("from Sample where Instant = :a", s_instant))),
        new("B06", "Time of day with microseconds, one with finer ticks is inserted", s => Add(s, x => x.At = s_time.AddTicks(4)),
            Drop(Hql("from Sample where At = :a", s_time))),
        new("B07", "Token as hexadecimal digits, a row of it is renamed", s => s.Get<Sample>(1).Name = "changed",
            Drop(Sql("select Name from Sample where Token = cast(:a as uuid)", s_token.ToString("N"))), Drop(Hql("select Name from Sample where Token = :a", s_token)))
            { Given = s => Add(s, x => x.Token = s_token, 1) },
        new("B07", "Token, it is inserted as hexadecimal digits", s => s.Sql($"insert into Sample (Id, Name, Token) values (9, 'new', '{s_token.ToString("N").ToUpperInvariant()}')"),
            Drop(Hql("from Sample where Token = :a", s_token))),
        new("B07", "Token, another is inserted", s => Add(s, x => x.Token = Guid.Empty), Keep(Hql("from Sample where Token = :a", s_token))),
        new("B08", "Boolean, it is inserted as a word", s => s.Sql("insert into Post (Id, Title, Visible, Price) values (9, 'new', 'yes', 1)"),
            Drop(Linq<Post>(posts => posts.Where(post => post.Visible).OrderBy(post => post.Id)))),
        new("B08", "Boolean kept as Y and N, one is inserted", s => Add(s, x => x.Active = true),
            Drop(Linq<Sample>(all => all.Where(x => x.Active == true))), Keep(Linq<Sample>(all => all.Where(x => x.Active == false)))),
        new("B08", "Integer, it is inserted as a word", s => s.Sql("insert into Post (Id, Title, Visible, Price, Score) values (9, 'new', false, 1, ' 5')"),
            Drop(Over<Post>(q => q.Where(post => post.Score == 5).OrderBy(post => post.Id).Asc))),
        new("B08", "Integer asked for as a word, it is inserted", s => s.AddPost(score: 5), Drop(Sql("select Id from Post where Score = '5' order by Id"))),
        new("B09", "Date, it is inserted with a time of day", s => s.Sql("insert into Sample (Id, Name, Day) values (9, 'new', timestamp '2024-02-29 07:00:00')"), Drop(Hql("from Sample where Day = :a", s_day))),
        new("B09", "Date, another is inserted", s => Add(s, x => x.Day = s_day.AddDays(1)), Keep(Criteria<Sample>(c => c.Add(Restrictions.Eq("Day", s_day))))),
        new("B09", "Time of day, it is inserted", s => Add(s, x => x.Clock = s_clock), Drop(Linq<Sample>(all => all.Where(x => x.Clock == s_clock).Select(x => x.Id)))),
        new("B09", "List as text, an equal one is inserted", s => Add(s, x => x.Words = ["a", "b"]), Drop(s => s.CreateQuery("from Sample where Words = :a").SetParameter("a", s_words, NHibernateUtil.Custom(typeof(WordsType))).SetCacheable(true).List())),
        new("B10", "Type of one's own, an equal value is inserted", s => Add(s, x => x.Colour = Colour.Of(650)),
            Drop(Criteria<Sample>(c => c.Add(Restrictions.Eq("Colour", Colour.Red)))), Keep(Criteria<Sample>(c => c.Add(Restrictions.Eq("Colour", Colour.Blue))))),
        new("B10", "Enum stored as a number, one is inserted", s => Add(s, x => x.Level = Level.High),
            Drop(Linq<Sample>(all => all.Where(x => x.Level == Level.High))), Keep(Linq<Sample>(all => all.Where(x => x.Level == Level.Low)))),
        new("B10", "Enum stored as its name, one is inserted", s => Add(s, x => x.LevelName = Level.High),
            Drop(Over<Sample>(q => q.Where(x => x.LevelName == Level.High))), Keep(Over<Sample>(q => q.Where(x => x.LevelName == Level.Low)))),
        new("B11", "Number that a double cannot hold, its neighbour is inserted", s => Add(s, x => x.Big = BeyondDouble + 1), Keep(Hql("from Sample where Big = :a", BeyondDouble))),
        new("B11", "Number that a double cannot hold, it is inserted", s => Add(s, x => x.Big = BeyondDouble), Drop(Hql("from Sample where Big = :a", BeyondDouble))),
        new("B11", "Floating-point number, it is inserted", s => Add(s, x => x.Real = 0.5), Drop(Hql("from Sample where Real = :a", 0.5))),
        new("B11", "Floating-point zero, minus zero is inserted", s => Add(s, x => x.Real = -0.0), Drop(Hql("from Sample where Real = :a", 0.0))),
        new("B12", "The word null, a row without a word is written", s => s.AddPost(slug: null), Keep(Hql("from Post where Slug = :a", "null"))),
        new("B12", "The empty word, a row without a word is written", s => s.AddPost(slug: null), Keep(Hql("from Post where Slug = :a", ""))),
        new("B12", "Without a word, the empty word is written", s => s.AddPost(slug: ""), Keep(Hql("from Post where Slug is null"))),
        new("B13", "Word beyond ASCII, it is inserted", s => s.AddPost(slug: "Žluťoučký kůň 馬"), Drop(Hql("from Post where Slug = :a", "Žluťoučký kůň 馬"))),
        new("B13", "Word beyond ASCII, another is inserted", s => s.AddPost(slug: "kun"), Keep(Hql("from Post where Slug = :a", "kůň"))),
        new("B13", "Composed letter, the decomposed one is inserted", s => s.AddPost(slug: "e\u0301"), Either(Hql("from Post where Slug = :a", "\u00e9"))),
        new("B14", "Column of another name, a row is inserted", s => Add(s, x => x.Renamed = "r"),
            Drop(Linq<Sample>(all => all.Where(x => x.Renamed == "r"))), Keep(Linq<Sample>(all => all.Where(x => x.Renamed == "q")))),
        new("B14", "Reference to a column that is no primary key, a row is inserted", s => s.Save(new Street { Id = 1, Name = "s", City = s.Get<City>(1) }),
            Drop(Hql("from Street s where s.City.Name = :a", "one")), Drop(Sql("select Id from Street where city_code = 'c1'")), Keep(Sql("select Id from Street where city_code = 'c2'")))
            { Given = s => s.Save(new City { Id = 1, Code = "c1", Name = "one" }) },
        new("B15", "Computed column, a row is inserted", s => Add(s, x => x.Name = "ABC"), Drop(Linq<Sample>(all => all.Where(x => x.Computed == "abc")))),
        new("B15", "Computed column, what it is computed from changes", s => s.Get<Sample>(1).Name = "ABC", Drop(Hql("select Id from Sample where Computed = :a", "abc")))
            { Given = s => Add(s, x => x.Name = "other", 1) },
        new("B15", "Column with a default, a row is inserted without it", s => Add(s, x => x.Name = "n"), Drop(Linq<Sample>(all => all.Where(x => x.Defaulted == "standard")))),
        new("B15", "Column that a trigger sets, a row is inserted", s => s.Save(new Signature { Id = 9, Name = "xyz" }), Drop(Linq<Signature>(all => all.Where(x => x.Initial == "x")))),
        new("B15", "Column that a trigger sets, a row changes", s => s.Get<Signature>(1).Name = "xyz", Drop(Hql("select Id from Signature where Initial = :a", "x")))
            { Given = s => s.Save(new Signature { Id = 1, Name = "abc" }) },
        new("B16", "Bytes, they are read twice", _ => { }, Keep(Hql("from Sample where Id = :a", 1)), Keep(Hql("select Bytes from Sample where Id = :a", 1)))
            { Given = s => Add(s, x => x.Bytes = [0, 1, 255], 1) },
        new("B16", "Bytes, they change", s => s.Get<Sample>(1).Bytes = [7], Refresh(Hql("from Sample where Id = :a", 1)), Drop(Hql("select Bytes from Sample where Id = :a", 1)))
            { Given = s => Add(s, x => x.Bytes = [0, 1, 255], 1) },
        new("B17", "Range of decimals, one inside is inserted", s => s.Save(new Post { Id = 9, Title = "new", Price = 1.5m }),
            Drop(Criteria<Post>(c => c.Add(Restrictions.Between("Price", 1m, 2m))))),
        new("B17", "Interval as ticks, it is inserted", s => Add(s, x => x.Span = s_hour), Drop(Hql("from Sample where Span = :a", s_hour))),
        new("B17", "Interval in the statement, a row is inserted", s => Add(s, x => x.At = s_time),
            Drop(Sql("select Id from Sample where at_time - interval '1 hour' < timestamp '2024-03-01'"))),
    ];

    public static IEnumerable<TestCaseData> Cases => s_catalogue.Select(scenario => scenario.Case);

    private static void Add(ISession session, Action<Sample> set, int id = 9)
    {
        var sample = new Sample { Id = id, Name = "sample" };
        set(sample);
        session.Save(sample);
    }
}
