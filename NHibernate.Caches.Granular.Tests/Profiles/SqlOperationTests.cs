using NHibernate.Caches.Granular.Scopes;

namespace NHibernate.Caches.Granular.Tests.Profiles;

/// <summary>Which operation a SELECT is by its text, when its first table is told by id, or by a and b.</summary>
public sealed class SqlOperationTests
{
    [TestCase("select count(*) from post p", CachedOperations.Count)]
    [TestCase("select cast(count(distinct p.id) as int4) as n from post p where p.id = ?", CachedOperations.Count)]
    [TestCase("select count(*) + 1 from post", CachedOperations.Count)]
    [TestCase("select coalesce(sum(p.price), 0) from post p", CachedOperations.Aggregate)]
    [TestCase("select count(*), count(p.a) from post p", CachedOperations.Aggregate)]
    [TestCase("select max(p.price) - min(p.price) from post p", CachedOperations.Aggregate)]
    [TestCase("select count(*) from post p group by p.cat_id", CachedOperations.Fetch)]
    [TestCase("select p.cat_id, count(*) from post p", CachedOperations.Fetch)]
    [TestCase("select (select count(*) from comment) from post p", CachedOperations.Fetch)]
    [TestCase("select count(*) over () from post p", CachedOperations.Fetch)]
    [TestCase("select 1 from post p", CachedOperations.Fetch)]
    [TestCase("select p.* from post p where p.id = ?", CachedOperations.Get)]
    [TestCase("select p.title from post p where 5 = p.id and p.title like ?", CachedOperations.Get)]
    [TestCase("select p.* from post p left join cat c on c.id = p.cat_id where (p.id = ? and c.x = 1)", CachedOperations.Get)]
    [TestCase("select p.* from post p where p.a = ? and p.b = ?", CachedOperations.Get)]
    [TestCase("select p.* from post p where p.a = ?", CachedOperations.Fetch)]
    [TestCase("select p.* from post p where p.a = ? or p.b = ?", CachedOperations.Fetch)]
    [TestCase("select p.* from post p where p.id > ?", CachedOperations.Fetch)]
    [TestCase("select p.* from post p where p.id in (?, ?)", CachedOperations.Fetch)]
    [TestCase("select p.* from post p where p.id = p.cat_id", CachedOperations.Fetch)]
    [TestCase("select p.* from post p join cat c on c.id = p.cat_id where c.id = ?", CachedOperations.Fetch)]
    [TestCase("select p.* from (select * from post) p where p.id = ?", CachedOperations.Fetch)]
    public void Operation_is_told_by_the_text(string sql, CachedOperations operation) =>
        Assert.That(SqlOperation.Of(MappedTables.Parsed(sql)!, [["id"], ["a", "b"]]), Is.EqualTo(operation));

    [TestCase("select count(* from post")]
    [TestCase("select id from post union select id from cat")]
    public void Text_that_is_no_plain_select_is_a_fetch(string sql) => Assert.That(TraitsOfQueries.OperationOf(sql, null), Is.EqualTo(CachedOperations.Fetch));
}
