using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Caches.Granular.Stores.Redis;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Tests.Stores.Redis;

/// <summary>As of when a written state is put on a server.</summary>
public sealed class RedisWrittenStateTests
{
    /// <summary>Other calls of the process may be answered before the publish is, and tell of changes that came after it.</summary>
    [Test]
    public void Written_state_is_as_old_as_its_publish_whatever_its_process_has_learnt_by_then()
    {
        using var node = new RedisScene(TestRedis.ConnectionString, TestRedis.NewPrefix("written"));
        node.Read();
        var token = node.Announce(RedisScene.Rome);
        var written = new WrittenState(RedisScene.PeopleOfRome, new CacheEntry("written", RedisScene.DependOnRome, node.Store.Current, TimeSpan.FromHours(1), IsSliding: false), "people");
        var (epoch, generation) = node.Store.Shapes.Known;
        node.Store.Learn(new RedisReply([.. new[] { "Moved", epoch, "1000", generation }.Select(part => RedisResult.Create((RedisValue)part))]), [], "");

        Assert.That(node.Store.Publish(new Publication(token, Proven: true, [RedisScene.Rome], [RedisScene.People]) { Written = [written] }), Is.EqualTo(new[] { RejectedPutReason.None }));
        node.Store.Drain();
        Assert.That(node.Read().Entry?.Payload, Is.EqualTo("written"));
        node.ChangeRome();

        Assert.That(node.Read().Reason, Is.EqualTo(MissReason.Invalidated));
    }
}
