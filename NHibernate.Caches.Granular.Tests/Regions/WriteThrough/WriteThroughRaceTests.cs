namespace NHibernate.Caches.Granular.Tests.Regions.WriteThrough;

/// <summary>What others do between a COMMIT and its publish, step by step.</summary>
[TestFixture(false)]
[TestFixture(true)]
public sealed class WriteThroughRaceTests(bool isShared) : WriteThroughFixture(isShared)
{
    private static readonly TestCaseData[] s_others =
    [
        Other("Update", "b", session => session.Get<Sheet>(1).Text = "b"),
        Other("Update of another column", "a", session => session.Get<Sheet>(1).Number = 5),
        Other("HQL", "b", session => session.CreateQuery("update Sheet set Text = 'b'").ExecuteUpdate()),
        Other("Native SQL", "b", session => session.CreateSQLQuery("update Sheet set Text = 'b' where Id = 1").ExecuteUpdate()),
        Other("Delete", null, session => session.Delete(session.Get<Sheet>(1))),
    ];

    [TestCaseSource(nameof(s_others))]
    public void Another_commits_and_publishes_between_commit_and_publish(string? text, Action<ISession> other)
    {
        CommitAndThen(session => session.Save(new Sheet { Id = 1, Text = "a" }), () => Do(other));
        AssertRead(text);
    }

    /// <summary>Nobody has asked for a sheet yet when the other matches its change with what is asked for.</summary>
    [TestCaseSource(nameof(s_others))]
    public void Another_node_commits_and_publishes_between_commit_and_publish(string? text, Action<ISession> other)
    {
        var node = IsShared ? NewNode() : Node;
        CommitAndThen(session => session.Save(new Sheet { Id = 1, Text = "a" }), () => Do(node, other));
        AssertRead(text);
    }

    [Test]
    public void Another_announces_between_commit_and_publish_and_commits_later()
    {
        Do(session => session.Save(new Sheet { Id = 1, Text = "0" }));
        using var committed = new ManualResetEventSlim();
        using var mayPublish = new ManualResetEventSlim();
        var first = Task.Run(() => CommitAndThen(session => session.Get<Sheet>(1).Text = "a", () =>
        {
            committed.Set();
            mayPublish.Wait();
        }));
        committed.Wait();
        AnnounceAndThen(session => session.CreateQuery("update Sheet set Text = 'b' where Id = 1").ExecuteUpdate(), () =>
        {
            mayPublish.Set();
            first.Wait();
            AssertRead("a");
        });
        AssertRead("b");
    }

    /// <summary>The other has announced a change of some sheet, and commits it when the first has published.</summary>
    [Test]
    public void Another_that_was_in_flight_first_commits_after_the_publish()
    {
        Do(session => session.CreateSQLQuery("insert into Sheet (Id, Small, Tiny, Flag, Level, Text) values (1, 1, 1, true, 7, 'a'), (2, 1, 1, true, 7, 'a')").ExecuteUpdate());
        AnnounceAndThen(session => session.CreateQuery("update Sheet set Text = 'b' where Text = 'a' and Id = 2").ExecuteUpdate(), () => Do(session => session.Get<Sheet>(1).Text = "c"));
        AssertRead("c");
        Assert.That(Read(session => session.Get<Sheet>(2).Text), Is.EqualTo("b"));
    }

    [TestCase("all")]
    [TestCase("type")]
    [TestCase("row")]
    [TestCase("told")]
    public void What_users_invalidate_between_announce_and_publish_is_not_put(string what)
    {
        void Invalidate()
        {
            // A tool has changed the row meanwhile, of which the cache hears from its user only.
            using (var connection = new Npgsql.NpgsqlConnection(ConnectionString))
            {
                connection.Open();
                using var command = connection.CreateCommand();
                command.CommandText = "update Sheet set Text = 'tool'";
                command.ExecuteNonQuery();
            }
            switch (what)
            {
                case "all":
                    Node.GranularCache().InvalidateAll();
                    break;
                case "type":
                    Node.Evict(typeof(Sheet));
                    break;
                case "row":
                    Node.Evict(typeof(Sheet), 1);
                    break;
                default:
                    Node.GranularCache().Invalidate<Sheet>();
                    break;
            }
        }

        Do(session => session.Save(new Sheet { Id = 1, Text = "0" }));
        CommitAndThen(session => session.Get<Sheet>(1).Text = "a", Invalidate);
        AssertRead("tool");
    }

    [Test]
    public void Snapshot_from_before_the_commit_does_not_see_it()
    {
        Do(session => session.Save(new Sheet { Id = 1, Text = "a" }));
        using var reader = Node.OpenSession();
        using var snapshot = reader.BeginTransaction(System.Data.IsolationLevel.RepeatableRead);
        reader.CreateSQLQuery("select count(*) from Sheet").UniqueResult();
        Do(session => session.Get<Sheet>(1).Text = "b");
        Assert.That(reader.Get<Sheet>(1).Text, Is.EqualTo("a"));
        snapshot.Commit();
        AssertRead("b");
    }

    private void AssertRead(string? text) => Assert.That(Read(session => session.Get<Sheet>(1)?.Text), Is.EqualTo(text));

    private static TestCaseData Other(string name, string? text, Action<ISession> work) => new TestCaseData(text, work).SetArgDisplayNames(name);
}
