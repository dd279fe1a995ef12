using System.Data;
using System.Transactions;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Linq;
using Npgsql;
using IsolationLevel = System.Data.IsolationLevel;

namespace NHibernate.Caches.Granular.Tests.Functions;

/// <summary>Cached functions: what is answered from the cache, and what is never stored there. Races are played step by step.</summary>
public sealed class CachedFunctionTests : FunctionFixture
{
    protected override void Configure(Cfg.Configuration configuration)
    {
        base.Configure(configuration);
        configuration.FilterDefinitions["mine"] = new Engine.FilterDefinition("mine", "Id = :number", new Dictionary<string, NHibernate.Type.IType> { ["number"] = NHibernateUtil.Int32 }, false);
    }

    protected override NHibernate.Mapping.ByCode.ModelMapper Map()
    {
        var mapper = base.Map();
        mapper.Class<Post>(map => map.Filter("mine", filter => filter.Condition("Id = :number")));
        return mapper;
    }

    [Test]
    public void Function_runs_once_until_what_it_depends_on_changes()
    {
        Assert.That((Posts(), Posts(), Runs), Is.EqualTo((2, 2, 1)));
        Commit(session => session.Save(new Post { Id = 20, Title = "elsewhere", Cat = session.Load<Cat>(2) }));
        Assert.That((Posts(), Runs), Is.EqualTo((2, 1)), "another category");
        Commit(Add);
        Assert.That((Posts(), Posts(), Runs), Is.EqualTo((3, 3, 2)));
    }

    [Test]
    public async Task Asynchronous_function_is_the_same_entry()
    {
        async Task<int> CallAsync()
        {
            using var session = Factory.OpenSession();
            return await Cached.GetOrAddAsync(session, "posts of 1", on => on.On(PostsOf(session, 1)), async cancellationToken =>
            {
                await PostsOf(session, 1).CountAsync(cancellationToken);
                return Counted(() => CountOf(session, 1))();
            });
        }

        Assert.That((await CallAsync(), await CallAsync(), Posts(), Runs), Is.EqualTo((2, 2, 2, 1)));
        Commit(Add);
        Assert.That((await CallAsync(), Runs), Is.EqualTo((3, 2)));
    }

    [Test]
    public void Hit_executes_no_statement_and_asks_nothing()
    {
        Posts();
        using var session = Factory.OpenSession();
        var before = Statistics.PrepareStatementCount;

        var result = Cached.GetOrAdd<int>(session, "posts of 1", _ => throw new InvalidOperationException("not asked"), () => throw new InvalidOperationException("not called"));

        Assert.That((result, Statistics.PrepareStatementCount - before), Is.EqualTo((2, 0)));
    }

    [Test]
    public void Result_read_before_a_commit_and_put_after_it_is_never_served([Values(CacheMode.Normal, CacheMode.Put, CacheMode.Refresh)] CacheMode mode)
    {
        using (var session = Factory.OpenSession())
        {
            session.CacheMode = mode;
            var result = Cached.GetOrAdd(session, "posts of 1", on => on.On(PostsOf(session, 1)), () =>
            {
                var count = CountOf(session, 1);
                Commit(Add);
                return count;
            });
            Assert.That(result, Is.EqualTo(2));
        }
        AssertFreshCall(3);
    }

    [Test]
    public void Result_read_between_a_writer_s_announce_and_its_commit_is_never_served_after_it()
    {
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            Add(session);
            // The shape is born while the change is in flight.
            transaction.RegisterSynchronization(new Synchronization(() => Assert.That(Posts(), Is.EqualTo(2))));
            transaction.Commit();
        }
        AssertFreshCall(3);
    }

    [Test]
    public void Entry_is_hidden_while_a_writer_commits()
    {
        CacheCall(session => Posts(session));
        using var writer = Factory.OpenSession();
        using var transaction = writer.BeginTransaction();
        Add(writer);
        transaction.RegisterSynchronization(new Synchronization(() => Assert.That(Call(session => Posts(session)).WasHit, Is.False)));
        transaction.Commit();
        AssertFreshCall(3);
    }

    [Test]
    public void What_a_session_has_loaded_before_does_not_outlive_a_commit_since()
    {
        static string Title(ISession session) => session.Get<Post>(1).Title;
        string Ask(ISession session) => Cached.GetOrAdd(session, "title", on => on.On(session.Load<Post>(1)), () => Title(session));
        using (var session = Factory.OpenSession())
        {
            Title(session);
            Commit(writer => writer.Get<Post>(1).Title = "new");
            // The session's own instance is the old one, and the look-up comes after the commit.
            Assert.That(Ask(session), Is.EqualTo("first"));
        }
        Assert.That(Commit(Ask), Is.EqualTo("new"));
    }

    [Test]
    public void What_a_session_got_from_the_cache_before_its_first_statement_does_not_outlive_a_commit_since()
    {
        string Ask(ISession session) => Cached.GetOrAdd(session, "title", on => on.On(session.Load<Post>(1)), () => session.Get<Post>(1).Title);
        Commit(session => session.Get<Post>(1));
        using (var session = Factory.OpenSession())
        {
            var statements = Statistics.PrepareStatementCount;
            session.Get<Post>(1);
            Assert.That(Statistics.PrepareStatementCount, Is.EqualTo(statements), "it was in the region");
            Commit(writer => writer.Get<Post>(1).Title = "new");
            CountOf(session, 1);
            Assert.That(Ask(session), Is.EqualTo("first"));
        }
        Assert.That(Commit(Ask), Is.EqualTo("new"));
    }

    [Test]
    public void What_is_loaded_to_name_what_the_function_depends_on_does_not_outlive_a_commit_since([Values] bool hasChanges)
    {
        string Ask(ISession session, System.Action<ISession> then) => Cached.GetOrAdd(
            session,
            "title",
            on =>
            {
                on.On(session.Get<Post>(1));
                then(session);
            },
            () => session.Get<Post>(1).Title);
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            if (hasChanges)
                Execute(session, "update Tag set Name = 'z' where Id = 1");
            // The session's own instance is the old one, and the look-up comes after the commit.
            Assert.That(Ask(session, _ => Commit(writer => writer.Get<Post>(1).Title = "new")), Is.EqualTo("first"));
            transaction.Commit();
        }
        Assert.That(Commit(session => Ask(session, _ => { })), Is.EqualTo("new"));
    }

    [Test]
    public void Result_of_a_session_that_held_something_before_is_stored_when_nothing_has_changed_since()
    {
        using (var session = Factory.OpenSession())
        {
            session.Get<Post>(2);
            Posts(session);
        }
        Assert.That(Call(session => Posts(session)).WasHit, Is.True);
    }

    [Test]
    public void Own_flushed_changes_bypass_both_ways()
    {
        CacheCall(session => Posts(session));
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            Add(session);
            session.Flush();
            Assert.That(Posts(session), Is.EqualTo(3));
            Cached.GetOrAdd(session, "new", on => on.On(PostsOf(session, 1)), () => CountOf(session, 1));
            transaction.Rollback();
        }
        Assert.That(Call(session => Posts(session)), Is.EqualTo((2, true)));
        Assert.That(Commit(session => Cached.GetOrAdd(session, "new", on => on.On(PostsOf(session, 1)), () => CountOf(session, 1))), Is.EqualTo(2));
    }

    [TestCase("title")]
    [TestCase("insert")]
    [TestCase("delete")]
    [TestCase("links")]
    [TestCase("other links")]
    public void Own_changes_that_are_not_flushed_bypass_both_ways(string change)
    {
        string Ask(ISession session) => Cached.GetOrAdd(
            session, "posts", on => on.On<Post>(), Counted(() => string.Join(' ', session.Query<Post>().OrderBy(post => post.Id).ToList().Select(post => post.Title + post.Tags.Count))));
        CacheCall(Ask);
        using (var session = Factory.OpenSession())
        {
            session.FlushMode = FlushMode.Manual;
            var post = session.Get<Post>(1);
            System.Action act = change switch
            {
                "title" => () => post.Title = "changed",
                "insert" => () => Add(session),
                "delete" => () => session.Delete(session.Get<Comment>(1).Post!),
                "links" => () => post.Tags.Clear(),
                _ => () => typeof(Post).GetProperty(nameof(Post.Tags))!.SetValue(post, new HashSet<Tag>()),
            };
            act();
            var before = Runs;
            Ask(session);
            Assert.That(Runs, Is.EqualTo(before + 1), "not answered from the cache");
            Cached.GetOrAdd(session, "new", on => on.On<Post>(), () => post.Title + post.Tags.Count);
            Assert.That(Cached.GetOrAdd(session, "of another table", on => on.On<Comment>(), () => 1), Is.EqualTo(1));
        }
        Assert.That(Call(Ask), Is.EqualTo(("first1 second1 third0", true)));
        Assert.That(Commit(session => Cached.GetOrAdd(session, "new", on => on.On<Post>(), () => "computed")), Is.EqualTo("computed"), "it was not stored");
        Assert.That(Commit(session => Cached.GetOrAdd(session, "of another table", on => on.On<Comment>(), () => 2)), Is.EqualTo(1), "which is not concerned");
    }

    [Test]
    public void Entity_that_was_attached_is_not_what_the_database_says()
    {
        string Ask(ISession session, Post post) => Cached.GetOrAdd(session, "title", on => on.On(post), () => post.Title);
        var detached = Commit(session => session.Get<Post>(1));
        Commit(session => session.Get<Post>(1).Title = "new");
        using (var session = Factory.OpenSession())
        {
            session.Lock(detached, LockMode.None);
            Assert.That(Ask(session, detached), Is.EqualTo("first"));
        }
        Assert.That(Commit(session => Ask(session, session.Get<Post>(1))), Is.EqualTo("new"));
    }

    [Test]
    public void Entity_that_was_updated_is_not_what_the_database_says()
    {
        string Ask(ISession session) => Cached.GetOrAdd(session, "price", on => on.On(session.Load<Post>(1)), () => session.Get<Post>(1).Price.ToString(CultureInfo.InvariantCulture));
        using (var session = Factory.OpenSession())
        {
            using (var transaction = session.BeginTransaction())
            {
                session.Get<Post>(1).Price = 1.234m;
                transaction.Commit();
            }
            Assert.That(Ask(session), Is.EqualTo("1.234"), "in memory");
        }
        Assert.That(Commit(Ask), Is.EqualTo("1.23"), "as the database has rounded it");
    }

    [Test]
    public void Object_that_was_merged_into_the_session_is_not_what_the_database_says()
    {
        string Ask(ISession session, Post post) => Cached.GetOrAdd(session, "title", on => on.On(post), () => post.Title);
        var detached = Commit(session => session.Get<Post>(1));
        Commit(session => session.Get<Post>(1).Title = "new");
        using (var session = Factory.OpenSession())
            Assert.That(Ask(session, session.MergeCached(detached)), Is.EqualTo("first"));
        Assert.That(Commit(session => Ask(session, session.Get<Post>(1))), Is.EqualTo("new"));
    }

    [Test]
    public void Entity_of_another_table_does_not_matter()
    {
        var detached = Commit(session => session.Get<Tag>(1));
        using (var session = Factory.OpenSession())
        {
            session.Lock(detached, LockMode.None);
            Posts(session);
        }
        Assert.That(Call(session => Posts(session)).WasHit, Is.True);
    }

    [Test]
    public void Function_that_leaves_its_session_in_a_transaction_of_unsafe_isolation_is_not_stored()
    {
        using (var session = Factory.OpenSession())
        {
            Cached.GetOrAdd(session, "posts of 1", on => on.On(PostsOf(session, 1)), () =>
            {
                session.BeginTransaction(IsolationLevel.ReadUncommitted);
                return CountOf(session, 1);
            });
            session.GetCurrentTransaction().Commit();
        }
        Assert.That(Call(session => Posts(session)).WasHit, Is.False);
    }

    [Test]
    public void Change_that_the_function_makes_and_undoes_is_not_stored()
    {
        using (var session = Factory.OpenSession())
        {
            var result = Cached.GetOrAdd(session, "posts of 1", on => on.On(PostsOf(session, 1)), () =>
            {
                using var transaction = session.BeginTransaction();
                Add(session);
                session.Flush();
                var count = CountOf(session, 1);
                transaction.Rollback();
                return count;
            });
            Assert.That(result, Is.EqualTo(3));
        }
        AssertFreshCall(2);
    }

    [Test]
    public void Snapshot_gets_nothing_newer_and_puts_nothing_that_is_served_after_a_commit([Values] bool wasCached)
    {
        if (wasCached)
            CacheCall(session => Posts(session));
        using (var reader = Factory.OpenSession())
        using (var transaction = reader.BeginTransaction(IsolationLevel.RepeatableRead))
        {
            Assert.That(Posts(reader, 2), Is.EqualTo(1), "before its first statement it is bypassed");
            Commit(Add);
            CacheCall(session => Posts(session));
            Assert.That(Posts(reader), Is.EqualTo(2), "what the snapshot shows");
            transaction.Commit();
        }
        AssertFreshCall(3);
        Assert.That(Call(session => Posts(session, 2)).WasHit, Is.True, "what it has put of another category is as good as any");
    }

    [Test]
    public void Snapshot_that_only_puts_puts_nothing_that_is_served_after_a_commit([Values(CacheMode.Put, CacheMode.Refresh)] CacheMode mode)
    {
        using (var reader = Factory.OpenSession())
        using (var transaction = reader.BeginTransaction(IsolationLevel.RepeatableRead))
        {
            Count(reader);
            Commit(Add);
            reader.CacheMode = mode;
            Assert.That(Posts(reader), Is.EqualTo(2), "what the snapshot shows");
            transaction.Commit();
        }
        AssertFreshCall(3);
    }

    [Test]
    public void Standby_does_not_feed_the_cache()
    {
        using (var wire = new Invalidation.Wire(ConnectionString) { ReportsStandby = true })
        using (var connection = wire.Open())
        using (var session = Factory.WithOptions().Connection(connection).OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            Posts(session);
            transaction.Commit();
        }
        Assert.That(Call(session => Posts(session)).WasHit, Is.False);
    }

    [Test]
    public void Cache_mode_is_honoured()
    {
        int Ask(CacheMode mode)
        {
            using var session = Factory.OpenSession();
            session.CacheMode = mode;
            return Posts(session);
        }

        Ask(CacheMode.Ignore);
        Ask(CacheMode.Get);
        Assert.That((Call(session => Posts(session)).WasHit, Runs), Is.EqualTo((false, 3)), "neither has stored anything");
        Ask(CacheMode.Get);
        Assert.That(Runs, Is.EqualTo(3), "it was answered from the cache");
        Ask(CacheMode.Ignore);
        Ask(CacheMode.Put);
        Ask(CacheMode.Refresh);
        Assert.That(Runs, Is.EqualTo(6), "these are not");
        Cached.InvalidateAll();
        Ask(CacheMode.Put);
        Assert.That(Call(session => Posts(session)).WasHit, Is.True, "but that one stores");
    }

    [Test]
    public void Sessions_that_keep_out_of_the_cache_compute()
    {
        CacheCall(session => Posts(session));
        void AssertComputed(System.Action<System.Action<ISession>> within) => within(session =>
        {
            var before = Runs;
            Assert.That((Posts(session), Runs - before), Is.EqualTo((2, 1)));
            Cached.GetOrAdd(session, "theirs", on => on.On<Post>(), () => 1);
        });

        AssertComputed(use =>
        {
            using var session = Factory.OpenSession();
            using var transaction = session.BeginTransaction(IsolationLevel.Serializable);
            use(session);
        });
        AssertComputed(use =>
        {
            using var connection = new NpgsqlConnection(ConnectionString);
            connection.Open();
            using var session = Factory.WithOptions().Connection(connection).OpenSession();
            use(session);
        });
        AssertComputed(use =>
        {
            using var session = Factory.OpenSession();
            Execute(session, "set search_path = public");
            use(session);
        });
        AssertComputed(use =>
        {
            using var scope = new TransactionScope();
            using var session = Factory.OpenSession();
            use(session);
        });
        Assert.That(Commit(session => Cached.GetOrAdd(session, "theirs", on => on.On<Post>(), () => 2)), Is.EqualTo(2), "none has stored anything");
    }

    [Test]
    public void Switched_off_it_computes_and_is_not_asked_what_it_depends_on()
    {
        var configuration = Configure();
        configuration.SetProperty("cache.granular.enabled", "false");
        using var factory = configuration.BuildSessionFactory();
        for (var i = 1; i <= 2; i++)
        {
            using var session = factory.OpenSession();
            Assert.That(factory.GranularCache().GetOrAdd(session, "key", _ => throw new InvalidOperationException("not asked"), () => i), Is.EqualTo(i));
        }
    }

    [Test]
    public void Read_only_it_reads_and_stores_nothing()
    {
        CacheCall(session => Posts(session));
        Cached.IsReadOnly = true;
        Assert.That((Call(session => Posts(session)).WasHit, Call(session => Posts(session, 2)).WasHit, Call(session => Posts(session, 2)).WasHit), Is.EqualTo((true, false, false)));
        Cached.IsReadOnly = false;
        Cached.IsEnabled = false;
        Assert.That((Call(session => Posts(session)).WasHit, Call(session => Posts(session)).WasHit), Is.EqualTo((false, false)));
    }

    [TestCase("read-only")]
    [TestCase("mode")]
    public void Function_that_began_when_nothing_was_to_be_stored_stores_nothing(string why)
    {
        string Ask(ISession session, Post post, System.Action during) => Cached.GetOrAdd(session, "title", on => on.On(post), () =>
        {
            during();
            return post.Title;
        });
        var detached = Commit(session => session.Get<Post>(1));
        Commit(session => session.Get<Post>(1).Title = "new");
        using (var session = Factory.OpenSession())
        {
            session.Lock(detached, LockMode.None);
            Cached.IsReadOnly = why == "read-only";
            session.CacheMode = why == "mode" ? CacheMode.Get : CacheMode.Normal;
            Ask(session, detached, () => (Cached.IsReadOnly, session.CacheMode) = (false, CacheMode.Normal));
        }
        Assert.That(Commit(session => Ask(session, session.Get<Post>(1), () => { })), Is.EqualTo("new"));
    }

    [Test]
    public void What_the_function_throws_is_thrown_and_nothing_is_stored()
    {
        Assert.That(() => Commit(session => Cached.GetOrAdd<int>(session, "posts of 1", on => on.On(PostsOf(session, 1)), () => throw new TimeoutException("a user's"))), Throws.TypeOf<TimeoutException>());
        Assert.That(async () =>
        {
            using var session = Factory.OpenSession();
            await Cached.GetOrAddAsync<int>(session, "posts of 1", on => on.On(PostsOf(session, 1)), async _ =>
            {
                await Task.Yield();
                throw new TimeoutException("a user's");
            });
        }, Throws.TypeOf<TimeoutException>());
        Assert.That(Call(session => Posts(session)), Is.EqualTo((2, false)));
    }

    [Test]
    public void Null_is_a_result()
    {
        string? Ask(ISession session) => Cached.GetOrAdd(session, "null", on => on.On<Post>(), Counted<string?>(() => null));
        int? AskNumber(ISession session) => Cached.GetOrAdd(session, "null", on => on.On<Post>(), Counted<int?>(() => null));
        Summary? AskObject(ISession session) => Cached.GetOrAdd(session, "null", on => on.On<Post>(), Counted<Summary?>(() => null));
        Assert.That(new object?[] { Commit(Ask), Commit(Ask), Commit(AskNumber), Commit(AskNumber), Commit(AskObject), Commit(AskObject) }, Is.All.Null);
        Assert.That(Runs, Is.EqualTo(3));
    }

    [Test]
    public void Nobody_shares_an_object()
    {
        Summary Ask(ISession session) => Cached.GetOrAdd(session, "summary", on => on.On<Post>(), Counted(() => new Summary("first", [1, 2])));
        byte[] AskBytes(ISession session) => Cached.GetOrAdd(session, "bytes", on => on.On<Post>(), Counted<byte[]>(() => [1, 2]));
        for (var i = 0; i < 3; i++)
        {
            var summary = Commit(Ask);
            Assert.That((summary.Title, summary.Ids), Is.EqualTo(("first", new List<int> { 1, 2 })));
            summary.Ids.Add(3);
            var bytes = Commit(AskBytes);
            Assert.That(bytes, Is.EqualTo(new byte[] { 1, 2 }));
            bytes[0] = 9;
        }
        Assert.That(Runs, Is.EqualTo(2));
    }

    [Test]
    public void Keys_types_and_regions_are_entries_of_their_own()
    {
        var results = new object[]
        {
            Commit(session => Cached.GetOrAdd(session, "a", on => on.On<Post>(), () => 1)),
            Commit(session => Cached.GetOrAdd(session, "b", on => on.On<Post>(), () => 2)),
            Commit(session => Cached.GetOrAdd(session, "a", on => on.On<Post>(), () => 3L)),
            Commit(session => Cached.GetOrAdd(session, "a", on => on.On<Post>(), () => 4, new CachedFunctionOptions { Region = "other" })),
            Commit(session => Cached.GetOrAdd(session, "a", on => on.On<Post>(), () => 5)),
        };
        Assert.That(results, Is.EqualTo(new object[] { 1, 2, 3L, 4, 1 }));
    }

    [Test]
    public void Filters_are_part_of_the_key()
    {
        int Ask(int? number) => Commit(session =>
        {
            if (number is { } known)
                session.EnableFilter("mine").SetParameter("number", known);
            return Cached.GetOrAdd(session, "ids", on => on.On(session.Query<Post>()), Counted(() => session.Query<Post>().Sum(post => post.Id)));
        });
        Assert.That((Ask(null), Ask(1), Ask(2), Ask(1), Ask(null), Runs), Is.EqualTo((6, 1, 2, 1, 6, 3)));
    }

    [Test]
    public void Nothing_to_depend_on_is_an_error()
    {
        Assert.That(() => Commit(session => Cached.GetOrAdd(session, "nothing", _ => { }, Counted(() => 1))), Throws.ArgumentException.With.Message.Contains("\"nothing\" depends on nothing"));
        Assert.That(Runs, Is.Zero);
    }

    [Test]
    public void Session_of_another_factory_is_an_error()
    {
        using var other = Configure().BuildSessionFactory();
        using var session = other.OpenSession();
        Assert.That(() => Posts(session), Throws.ArgumentException.With.Message.Contains("session factory"));
        Assert.That(() => Cached.Remove(session, "key"), Throws.ArgumentException);
    }

    [Test]
    public void Without_the_query_cache_it_is_an_error()
    {
        var configuration = Configure();
        configuration.SetProperty(Cfg.Environment.UseQueryCache, "false");
        using var factory = configuration.BuildSessionFactory();
        using var session = factory.OpenSession();
        Assert.That(() => factory.GranularCache().GetOrAdd(session, "key", on => on.On<Post>(), () => 1), Throws.InvalidOperationException.With.Message.Contains("cache.use_query_cache"));
    }

    [Test]
    public void Functions_may_call_functions()
    {
        int Outer(ISession session) => Cached.GetOrAdd(
            session, "both", on => on.On(PostsOf(session, 1)).On(PostsOf(session, 2)), () => (10 * Posts(session)) + Posts(session, 2));
        Assert.That((Commit(Outer), Commit(Outer), Runs), Is.EqualTo((21, 21, 2)));
        Commit(Add);
        Assert.That((Commit(Outer), Runs), Is.EqualTo((31, 3)), "the inner function of the other category was a hit");
    }

    [Test]
    public void Removed_key_is_computed_anew_and_what_was_under_way_is_not_served()
    {
        CacheCall(session => Posts(session));
        CacheCall(session => Posts(session, 2));
        Commit(session => Cached.Remove(session, "posts of 1"));
        Assert.That((Call(session => Posts(session, 2)).WasHit, Call(session => Posts(session)).WasHit), Is.EqualTo((true, false)));

        Commit(session => Cached.GetOrAdd(session, "late", on => on.On<Post>(), () =>
        {
            Commit(other => Cached.Remove(other, "late"));
            return 1;
        }));
        Assert.That(Commit(session => Cached.GetOrAdd(session, "late", on => on.On<Post>(), () => 2)), Is.EqualTo(2));
    }

    [Test]
    public void Evicting_a_region_evicts_its_functions()
    {
        var options = new CachedFunctionOptions { Region = "functions" };
        int Ask(ISession session) => Posts(session, 1, options);
        CacheCall(Ask);
        CacheCall(session => Posts(session));
        Factory.EvictQueries("functions");
        Assert.That((Call(Ask).WasHit, Call(session => Posts(session)).WasHit), Is.EqualTo((false, true)));
        Commit(session => Cached.Remove(session, "posts of 1", "functions"));
        Assert.That((Call(Ask).WasHit, Call(session => Posts(session)).WasHit), Is.EqualTo((false, true)));
    }

    [Test]
    public void Expiration_ends_a_result()
    {
        CachedFunctionOptions options = new() { Expiration = TimeSpan.FromMilliseconds(1) };
        Commit(session => Posts(session, 1, options));
        Assert.That(() => Call(session => Posts(session, 1, options)).WasHit, Is.False.After(20).Seconds.PollEvery(10));
        Assert.That(() => new CachedFunctionOptions { Expiration = TimeSpan.Zero }, Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new CachedFunctionOptions { Region = " " }, Throws.ArgumentException);
    }

    [Test]
    public void Table_with_row_level_security_is_not_cached_without_a_tenant()
    {
        Commit(session => Execute(session, "alter table Tag enable row level security"));
        try
        {
            for (var i = 1; i <= 2; i++)
                Assert.That(Commit(session => Cached.GetOrAdd(session, "tags", on => on.On<Tag>(), () => i)), Is.EqualTo(i));
        }
        finally
        {
            Commit(session => Execute(session, "alter table Tag disable row level security"));
        }
    }

    [Test]
    public void Look_ups_are_told_to_handlers_as_those_of_functions()
    {
        var reads = new List<string>();
        Cached.Read += (_, read) => reads.Add($"{read.Kind} {read.MissReason}");
        Posts();
        Posts();
        Commit(Add);
        Posts();
        Assert.That(reads.Where(read => read.StartsWith(nameof(CachedKind.Function), StringComparison.Ordinal)), Is.EqualTo(new[] { "Function NotFound", "Function None", "Function Invalidated" }));
    }

    public sealed record Summary(string Title, IList<int> Ids);
}
