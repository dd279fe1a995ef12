using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores.Redis;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Tests.Stores.Redis;

/// <summary>Answers of one life of the stamps that are learnt from while those of another arrive.</summary>
public sealed class ShapeKnowledgeTests
{
    private const int Times = 200_000;

    private static readonly TableId s_people = new("public.people");
    private static readonly Shape s_byCity = new(s_people, ["city"], ColumnSet.Of(["city", "name"]));

    [Test]
    public void Shapes_of_a_table_are_named_by_the_life_and_version_they_were_learnt_of()
    {
        var knowledge = new ShapeKnowledge();
        var list = knowledge.Relearn(Reply("old", version: 12, s_byCity), [s_people]);
        Assert.That((list.Shapes.Single(), knowledge.Named(list.Version)), Is.EqualTo((s_byCity, ("old", 12L))));

        knowledge.Learn(Reply("new"), [], "");
        Assert.That(knowledge.Named(list.Version), Is.EqualTo(("", 0L)), "of an earlier life");
        Assert.That(knowledge.Named(knowledge.ListOf([s_people]).Version), Is.EqualTo(("new", 0L)));
    }

    // No step of it can be held from outside, so that chance has to find the moment; without what it is about, it does in a second.
    [Test]
    public void Shapes_of_one_life_are_never_named_as_those_of_another()
    {
        var knowledge = new ShapeKnowledge();
        var (shapes, other, third) = (Reply("old", version: 12, s_byCity), Reply("new"), Reply("newer"));
        var isOver = false;
        Thread[] others = [new(() => Repeat(other)), new(() => Repeat(third))];
        Array.ForEach(others, thread => thread.Start());
        HashSet<(string, long)> names = [];
        for (var i = 0; i < Times; i++)
        {
            names.Add(knowledge.Named(knowledge.Relearn(shapes, [s_people]).Version));
            names.Add(knowledge.Named(knowledge.ListOf([s_people]).Version));
        }
        Volatile.Write(ref isOver, true);
        Array.ForEach(others, thread => thread.Join());

        Assert.That(names, Is.SubsetOf(new[] { ("old", 12L), ("old", 0L), ("new", 0L), ("newer", 0L), ("", 0L) }));

        void Repeat(RedisReply reply)
        {
            while (!Volatile.Read(ref isOver))
                knowledge.Learn(reply, [], "");
        }
    }

    private static RedisReply Reply(string epoch, int? version = null, params Shape[] shapes)
    {
        RedisValue[] parts = ["NewShapes", epoch, "1", "1", .. version is { } given ? [given, .. shapes.Select(shape => (RedisValue)(byte[])[.. ShapeText.Of(shape.Key), .. ShapeText.Of(shape)])] : Array.Empty<RedisValue>()];
        return new RedisReply([.. parts.Select(part => RedisResult.Create(part))]);
    }
}
