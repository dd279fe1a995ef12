using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Caches.Granular.Stores.Redis;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Tests.Stores.Redis;

/// <summary>What may be found where an entry should be, and what may not become one.</summary>
public sealed class RedisEntryTests
{
    private RedisScene _node = null!;

    private IDatabase Database => _node.Connection.GetDatabase();

    [SetUp]
    public void Open() => _node = NewNode();

    [TearDown]
    public void Close() => _node.Dispose();

    [TestCase("")]
    [TestCase("something else")]
    [TestCase("something else that is much longer than what comes before the keys of an entry, which are 76 bytes")]
    [TestCase("NGE1")]
    public void Foreign_value_under_the_name_of_an_entry_is_a_miss(string value)
    {
        _node.Cache();
        Database.StringSet(OnlyEntry(), value);

        Assert.That(_node.Read().Reason, Is.EqualTo(MissReason.Foreign));
        _node.Cache();
    }

    [Test]
    public void Truncated_entry_is_a_miss_wherever_it_ends()
    {
        _node.Cache();
        var name = OnlyEntry();
        var entry = (byte[])Database.StringGet(name)!;
        for (var length = 0; length < entry.Length; length++)
        {
            Database.StringSet(name, entry[..length]);
            var reason = _node.Read().Reason;
            // What ends within the keys of stamps is read as keys that are none.
            Assert.That(reason, Is.EqualTo(MissReason.Foreign).Or.EqualTo(MissReason.Invalidated), $"of {length} bytes");
        }
        Database.StringSet(name, entry);
        Assert.That(_node.Read().Reason, Is.EqualTo(MissReason.None));
    }

    [TestCase(1)]
    [TestCase(2)]
    public void No_flipped_bit_makes_a_wrong_payload_or_an_entry_that_ignores_a_change(int seed)
    {
        const int moments = 28; // the script's own, which bound its life and decide nothing else
        var random = new Random(seed);
        _node.Cache("the people of Rome");
        var name = OnlyEntry();
        var entry = (byte[])Database.StringGet(name)!;
        for (var i = 0; i < 200; i++)
        {
            var flipped = entry.ToArray();
            flipped[random.Next(moments, entry.Length)] ^= (byte)(1 << random.Next(8));
            Database.StringSet(name, flipped);
            Assert.That(_node.Read().Entry, Is.Null);
        }
        for (var i = 0; i < 50; i++)
        {
            var flipped = entry.ToArray();
            flipped[random.Next(moments)] ^= (byte)(1 << random.Next(8));
            Database.StringSet(name, flipped);
            Assert.That(_node.Read().Entry?.Payload, Is.Null.Or.EqualTo("the people of Rome"));
        }
        Assert.That(_node.Store.Read(new NamedKey("other"), () => [], null).Reason, Is.EqualTo(MissReason.NotFound), "the store has not been interrupted");
    }

    [Test]
    public void Entry_of_another_key_with_the_same_hash_is_a_miss()
    {
        _node.Cache("of Rome");
        var rome = OnlyEntry();
        var other = new NamedKey("people of Oslo");
        _node.Put(_node.Read(other).Sequence, "of Oslo", other);
        var oslo = Entries().Single(name => name != rome);
        Database.StringSet(rome, Database.StringGet(oslo));

        var result = _node.Read();
        Assert.That((result.Entry, result.Reason), Is.EqualTo(((CacheEntry?)null, MissReason.NotFound)));
        Assert.That(_node.Read(other).Entry!.Payload, Is.EqualTo("of Oslo"));
    }

    [Test]
    public void Key_of_another_type_than_an_entry_s_is_no_answer_and_no_exception()
    {
        _node.Cache();
        var name = OnlyEntry();
        Database.KeyDelete(name);
        Database.HashSet(name, "field", 1);

        Assert.That(_node.Read().Reason, Is.EqualTo(MissReason.Foreign));
        _node.Cache();
    }

    [Test]
    public void Process_finds_what_it_put_a_moment_ago()
    {
        var sequence = _node.Read().Sequence;
        for (var i = 0; i < 3; i++)
        {
            var key = new NamedKey($"people {i}");
            _node.Store.Put(key, new CacheEntry(i, RedisScene.DependOnRome, sequence, TimeSpan.FromHours(1), IsSliding: false));
            Assert.That(_node.Read(key).Entry?.Payload, Is.EqualTo(i));
        }
    }

    [Test]
    public void More_than_go_out_together_are_put_all_of_them()
    {
        var sequence = _node.Read().Sequence;
        NamedKey[] keys = [.. Enumerable.Range(0, 250).Select(i => new NamedKey($"people {i}"))];
        foreach (var key in keys)
            _node.Store.Put(key, new CacheEntry(key.ToString(), RedisScene.DependOnRome, sequence, TimeSpan.FromHours(1), IsSliding: false));

        Assert.That(keys.Select(key => _node.Read(key).Entry?.Payload), Is.EqualTo(keys.Select(key => key.ToString())));
    }

    [Test]
    public void Payload_beyond_the_bound_is_not_put()
    {
        using var node = NewNode(new RedisStoreOptions { MaxBytes = 100 });
        var sequence = node.Read().Sequence;

        Assert.That(node.Put(sequence, new string('x', 101)), Is.EqualTo(RejectedPutReason.TooLarge));
        Assert.That(node.Put(sequence, "short"), Is.EqualTo(RejectedPutReason.None));
    }

    [Test]
    public void Entry_with_too_many_dependencies_is_not_put()
    {
        StampKey[] keys = [.. Enumerable.Range(0, 65_536).Select(i => new StampKey(1, (ulong)i))];

        Assert.That(_node.Put(_node.Read().Sequence, dependencies: new Dependencies([.. keys], [])), Is.EqualTo(RejectedPutReason.TooLarge));
        Assert.That(_node.Put(_node.Read().Sequence, dependencies: new Dependencies([.. keys[..65_535]], [])), Is.EqualTo(RejectedPutReason.None));
        Assert.That(_node.Read().Reason, Is.EqualTo(MissReason.None));
        _node.Store.Move(keys[65_534]);
        Assert.That(_node.Read().Reason, Is.EqualTo(MissReason.Invalidated));
    }

    [Test]
    public void Payload_that_the_serializer_does_not_carry_is_not_put() =>
        Assert.That(_node.Put(_node.Read().Sequence, new Version(1, 2)), Is.EqualTo(RejectedPutReason.NotSerializable));

    [Test]
    public void Key_that_the_serializer_does_not_carry_is_neither_put_nor_looked_up()
    {
        foreach (EntryKey key in new EntryKey[] { new OddKey([new Version(1, 2)]), new OddKey(null) })
        {
            Assert.That(_node.Read(key).Reason, Is.EqualTo(MissReason.NotShareable));
            Assert.That(_node.Put(_node.Read().Sequence, key: key), Is.EqualTo(RejectedPutReason.NotSerializable));
            Assert.That(() => _node.Store.Remove(key), Throws.Nothing);
        }
    }

    [Test]
    public void Announce_of_ten_thousand_keys_locks_and_moves_each()
    {
        StampKey[] keys = [.. Enumerable.Range(0, 10_000).Select(i => RedisScene.ByCity.Conjunction([ColumnValue.Integer(i)])), RedisScene.Rome];
        _node.Cache();
        var token = _node.Announce(keys);
        Assert.That(_node.Read().Reason, Is.EqualTo(MissReason.Locked));
        _node.Publish(token, keys);

        Assert.That(_node.Read().Reason, Is.EqualTo(MissReason.Invalidated));
        Assert.That(Database.HashLength(_node.StampKeys[3]), Is.EqualTo(1), "nothing is locked any more");
        Assert.That(Database.HashLength(_node.StampKeys[1]), Is.GreaterThan(10_000));
        _node.Cache();
    }

    private static RedisScene NewNode(RedisStoreOptions? options = null) => new(TestRedis.ConnectionString, TestRedis.NewPrefix("entry"), options);

    private RedisKey OnlyEntry() => Entries().Single();

    private IEnumerable<RedisKey> Entries() => _node.Connection.GetServers()[0].Keys(pattern: _node.Options.Prefix + "granular:entry:*");
}

/// <summary>A key that cannot leave the process, or not in this form.</summary>
internal sealed class OddKey(object?[]? parts) : EntryKey
{
    public override object?[]? Parts => parts;

    public override bool Equals(EntryKey? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => 1;
}
