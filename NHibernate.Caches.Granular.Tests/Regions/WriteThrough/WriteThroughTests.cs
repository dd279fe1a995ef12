using System.Buffers;
using NHibernate.Cache;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Serialization;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Caches.Granular.Tests.Stores.Protocol;

namespace NHibernate.Caches.Granular.Tests.Regions.WriteThrough;

/// <summary>What a transaction has written is found in its region without a SELECT, where it is known to be what a SELECT would find.</summary>
[TestFixture(false)]
[TestFixture(true)]
public sealed class WriteThroughTests(bool isShared) : WriteThroughFixture(isShared)
{
    [Test]
    public void Inserted_entity_is_got_without_a_select()
    {
        Do(session => session.Save(new Sheet { Id = 1, Text = "a" }));
        Assert.That(Statements(session => Assert.That(session.Get<Sheet>(1).Text, Is.EqualTo("a"))), Is.Zero);
    }

    [Test]
    public void Updated_entity_is_got_without_a_select([Values] bool isCached)
    {
        Do(session => session.CreateSQLQuery("insert into Sheet (Id, Small, Tiny, Flag, Level, Text) values (1, 1, 1, true, 7, 'a')").ExecuteUpdate());
        if (isCached)
            Read(session => session.Get<Sheet>(1));
        Do(session => session.Get<Sheet>(1).Text = "b");
        Assert.That(Statements(session => Assert.That(session.Get<Sheet>(1).Text, Is.EqualTo("b"))), Is.Zero);
        Do(session => session.Get<Sheet>(1).Text = "c");
        Assert.That(Statements(session => Assert.That(session.Get<Sheet>(1).Text, Is.EqualTo("c"))), Is.Zero);
    }

    [Test]
    public async Task Entity_written_asynchronously_is_got_without_a_select()
    {
        await RunAsync(Node, session => session.SaveAsync(new VersionedSheet { Id = 1, Text = "a" }));
        await RunAsync(Node, async session => (await session.GetAsync<VersionedSheet>(1)).Text = "b");
        var before = Node.Statistics.PrepareStatementCount;
        Assert.That((await RunAsync(Node, session => session.GetAsync<VersionedSheet>(1))).Text, Is.EqualTo("b"));
        Assert.That(Node.Statistics.PrepareStatementCount, Is.EqualTo(before));
    }

    [Test]
    public void Versioned_entity_is_written_again_from_what_was_written_through()
    {
        Do(session => session.Save(new VersionedSheet { Id = 1, Text = "a" }));
        for (var i = 0; i < 3; i++)
            Assert.That(Statements(session => session.Get<VersionedSheet>(1).Text += "b"), Is.EqualTo(1), "one update, and no select");
        Assert.That(Read(session => session.Get<VersionedSheet>(1)), Has.Property("Text").EqualTo("abbb").And.Property("Version").EqualTo(4));
    }

    /// <summary>On Redis. In one process, every session factory has entries of its own.</summary>
    [Test]
    public void What_another_node_has_written_is_got_without_a_select()
    {
        var other = IsShared ? NewNode() : NewNode(_ => { });
        Do(other, session => session.Get<Sheet>(1));
        Do(session => session.Save(new Sheet { Id = 1, Text = "a" }));
        Drain(Node);
        Assert.That(Statements(other, session => Assert.That(session.Get<Sheet>(1).Text, Is.EqualTo("a"))), Is.EqualTo(IsShared ? 0 : 1));
        Do(other, session => session.Get<Sheet>(1).Text = "b");
        Drain(other);
        Assert.That(Statements(session => Assert.That(session.Get<Sheet>(1).Text, Is.EqualTo("b"))), Is.EqualTo(IsShared ? 0 : 1));
    }

    [Test]
    public async Task Queries_after_it_do_not_matter([Values] bool isAsync, [Values] bool isBatching)
    {
        var node = isBatching ? NewBatchingNode() : Node;
        Do(node, session => session.Save(new Sheet { Id = 1, Text = "a" }));
        using (var session = node.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.Get<Sheet>(1).Text = "b";
            var query = session.CreateQuery("from Sheet");
            Assert.That(isAsync ? await query.ListAsync<Sheet>() : query.List<Sheet>(), Has.Count.EqualTo(1));
            var count = session.CreateSQLQuery("select count(*) from Sheet where Text = 'b'");
            Assert.That(isAsync ? await count.UniqueResultAsync<long>() : count.UniqueResult<long>(), Is.EqualTo(1));
            transaction.Commit();
        }
        Assert.That(Statements(node, session => Assert.That(session.Get<Sheet>(1).Text, Is.EqualTo("b"))), Is.Zero);
    }

    [Test]
    public void Batch_of_entities_is_written_through()
    {
        var node = NewBatchingNode();
        Do(node, session =>
        {
            for (var i = 1; i <= 25; i++)
                session.Save(new Sheet { Id = i, Text = $"sheet {i}" });
        });
        Assert.That(Statements(node, session =>
        {
            for (var i = 1; i <= 25; i++)
                Assert.That(session.Get<Sheet>(i).Text, Is.EqualTo($"sheet {i}"));
        }), Is.Zero);
    }

    [Test]
    public void Last_of_several_writes_of_a_row_counts()
    {
        Do(session =>
        {
            var sheet = new Sheet { Id = 1, Text = "a" };
            session.Save(sheet);
            session.Flush();
            sheet.Text = "b";
            session.Flush();
            sheet.Number = 3;
        });
        Assert.That(Statements(session => Assert.That(session.Get<Sheet>(1), Has.Property("Text").EqualTo("b").And.Property("Number").EqualTo(3))), Is.Zero);
    }

    [Test]
    public void Without_the_profile_nothing_is_written_through()
    {
        Do(session => session.Save(new Blog.Cat { Id = 9, Title = "a" }));
        Assert.That(Statements(session => session.Get<Blog.Cat>(9)), Is.EqualTo(1));
        Assert.That(Statements(session => session.Get<Blog.Cat>(9)), Is.Zero, "it has a region");
    }

    /// <summary>What is written through is, to the byte, what reading would have put: state, version, dependencies, expiration.</summary>
    [TestCaseSource(nameof(s_sheets))]
    public void What_is_written_through_is_what_is_read(Sheet sheet)
    {
        var recorded = new Recorder(ScopeOf(Node));
        Do(session => session.Save(new Sheet { Id = 2 }));
        recorded.Clear();
        Do(session => session.Save(sheet));
        AssertAsRead<Sheet>(recorded, sheet.Id);
        Do(session =>
        {
            var other = session.Get<Sheet>(sheet.Id);
            (other.Large, other.Text) = (other.Large + 1, other.Text + "!");
            other.Small++;
        });
        AssertAsRead<Sheet>(recorded, sheet.Id);
    }

    [Test]
    public void What_is_written_through_of_a_versioned_entity_is_what_is_read()
    {
        var recorded = new Recorder(ScopeOf(Node));
        Do(session => session.Save(new VersionedSheet { Id = 1, Text = "a" }));
        AssertAsRead<VersionedSheet>(recorded, 1);
        Do(session => session.Get<VersionedSheet>(1).Text = "b");
        AssertAsRead<VersionedSheet>(recorded, 1);
    }

    private static readonly Sheet[] s_sheets =
    [
        new() { Id = 1 },
        new()
        {
            Id = 1, Large = long.MinValue, Number = int.MaxValue, Small = short.MinValue, Tiny = byte.MaxValue, Flag = true, Mark = new Guid("00112233-4455-6677-8899-aabbccddeeff"),
            Text = "Grüße 𝄞 é", Short10 = "1234567890", Clob = new string('x', 5000), Ansi = "ansi", Level = Level.High, Parent = new Sheet { Id = 2 },
        },
        new() { Id = 1, Large = 0, Number = -1, Text = "", Short10 = "\t", Clob = " leading", Ansi = "'", Level = (Level)99 },
    ];

    private void AssertAsRead<T>(Recorder recorded, int id)
    {
        var written = recorded.Single();
        Node.Evict(typeof(T), id);
        recorded.Clear();
        Assert.That(Statements(session => session.Get<T>(id)), Is.EqualTo(1));
        var read = recorded.Single();
        recorded.Clear();
        Assert.Multiple(() =>
        {
            Assert.That(written.Key, Is.EqualTo(read.Key));
            Assert.That(BytesOf(written.Entry), Is.EqualTo(BytesOf(read.Entry)));
            Assert.That(written.Entry.Dependencies.Keys, Is.EqualTo(read.Entry.Dependencies.Keys));
            Assert.That(Uses(written.Entry), Is.EqualTo(Uses(read.Entry)));
            Assert.That((written.Entry.TimeToLive, written.Entry.IsSliding), Is.EqualTo((read.Entry.TimeToLive, read.Entry.IsSliding)));
            Assert.That(TypesOf(written.Entry), Is.EqualTo(TypesOf(read.Entry)));
        });
    }

    private static string[] Uses(CacheEntry entry) => [.. entry.Dependencies.Uses.Select(use => $"{use.Shape} {string.Join(' ', use.Conjunctions)}")];

    private static object?[] TypesOf(CacheEntry entry) => [.. ((NHibernate.Cache.Entry.CacheEntry)((CachedItem)entry.Payload).Value).DisassembledState.Select(value => value?.GetType())];

    private static byte[] BytesOf(CacheEntry entry)
    {
        var bytes = new ArrayBufferWriter<byte>();
        Assert.That(new PayloadCodec(new GranularCacheOptions().Payloads).Encode(entry.Payload, bytes), Is.Null);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>What a store was given to put, by reading or by writing.</summary>
    private sealed class Recorder
    {
        private readonly List<(EntryKey Key, CacheEntry Entry)> _puts = [];

        public Recorder(DatabaseScope scope) => scope.Decorate(store => new RecordingStore(store, _puts));

        public void Clear() => _puts.Clear();

        public (EntryKey Key, CacheEntry Entry) Single()
        {
            Assert.That(_puts, Has.Count.EqualTo(1));
            return _puts[0];
        }

        private sealed class RecordingStore(ICacheStore inner, List<(EntryKey Key, CacheEntry Entry)> puts) : StoreDecorator(inner)
        {
            public override RejectedPutReason Put(EntryKey key, CacheEntry entry)
            {
                puts.Add((key, entry));
                return base.Put(key, entry);
            }

            public override ImmutableArray<RejectedPutReason> Publish(Publication publication)
            {
                var rejected = base.Publish(publication);
                puts.AddRange(publication.Written.Where((_, i) => rejected[i] == RejectedPutReason.None).Select(written => (written.Key, written.Entry)));
                return rejected;
            }
        }
    }
}
