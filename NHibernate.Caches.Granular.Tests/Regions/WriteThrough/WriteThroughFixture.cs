using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Servers;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Caches.Granular.Stores.Redis;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Cfg;
using NHibernate.Engine;

namespace NHibernate.Caches.Granular.Tests.Regions.WriteThrough;

/// <summary>Sheets of paper whose profile is written through, on either store.</summary>
[Platform(Exclude = "Win", Reason = "Redis has no server for Windows")]
public abstract class WriteThroughFixture(bool isShared) : NodesFixture
{
    private const string Mapping = """
        <hibernate-mapping xmlns="urn:nhibernate-mapping-2.2" namespace="NHibernate.Caches.Granular.Tests.Regions.WriteThrough" assembly="NHibernate.Caches.Granular.Tests">
          <class name="Sheet"><cache usage="read-write"/><id name="Id"><generator class="assigned"/></id>
            <property name="Large"/><property name="Number"/><property name="Small"/><property name="Tiny"/><property name="Flag"/><property name="Mark"/>
            <property name="Text"/><property name="Short10" length="10"/><property name="Clob" type="StringClob"/><property name="Ansi" type="AnsiString"/><property name="Level"/>
            <many-to-one name="Parent" column="parent_id"/>
            <bag name="Children" inverse="true"><key column="parent_id"/><one-to-many class="Sheet"/></bag></class>
          <class name="VersionedSheet"><cache usage="read-write"/><id name="Id"><generator class="assigned"/></id><version name="Version"/><property name="Text"/></class>
          <class name="TriggeredSheet"><cache usage="read-write"/><id name="Id"><generator class="assigned"/></id><property name="Text"/><property name="Number"/></class>
          <class name="PaddedSheet"><cache usage="read-write"/><id name="Id"><generator class="assigned"/></id><property name="Text"><column name="Text" sql-type="char(5)"/></property><property name="Number"/></class>
          <class name="DynamicSheet" dynamic-update="true"><cache usage="read-write"/><id name="Id"><generator class="assigned"/></id><property name="Text"/><property name="Number"/></class>
          <class name="FormulaSheet"><cache usage="read-write"/><id name="Id"><generator class="assigned"/></id><property name="Text"/><property name="Number" formula="Id + 1"/></class>
          <class name="ConditionalSheet" where="Number &gt; 0"><cache usage="read-write"/><id name="Id"><generator class="assigned"/></id><property name="Text"/><property name="Number"/></class>
          <class name="DefaultedSheet"><cache usage="read-write"/><id name="Id"><generator class="assigned"/></id><property name="Text" insert="false"><column name="Text" default="'given'"/></property><property name="Number"/></class>
          <class name="UnwrittenSheet"><cache usage="read-write"/><id name="Id"><generator class="assigned"/></id><property name="Text" update="false"/><property name="Number"/></class>
          <class name="RoundedSheet"><cache usage="read-write"/><id name="Id"><generator class="assigned"/></id><property name="Text"/><property name="Number"/><property name="Price" precision="8" scale="2"/></class>
          <class name="TwinSheet"><cache usage="read-write"/><id name="Id"><generator class="assigned"/></id><property name="Text"/><property name="Number"/><property name="Twin" column="Number" insert="false" update="false"/></class>
          <class name="LoopSheet"><cache usage="read-write"/><id name="Id"><generator class="assigned"/></id><property name="Text"/><property name="Number"/><property name="Name" unique="true"/></class>
          <class name="FoldedSheet"><cache usage="read-write"/><id name="Id"><generator class="assigned"/></id><property name="Text"/><property name="Number"/>
            <property name="Word" type="NHibernate.Caches.Granular.Tests.Regions.WriteThrough.FoldedType, NHibernate.Caches.Granular.Tests"/></class>
          <class name="OwnSqlSheet"><cache usage="read-write"/><id name="Id"><generator class="assigned"/></id><property name="Text"/><property name="Number"/>
            <sql-update check="none">update OwnSqlSheet set Text = ?, Number = ? where Id = ?</sql-update></class>
          <class name="FamilySheet"><cache usage="read-write"/><id name="Id"><generator class="assigned"/></id><discriminator column="kind"/><property name="Text"/><property name="Number"/>
            <subclass name="ChildSheet"/></class>
          <class name="IdentitySheet"><cache usage="read-write"/><id name="Id"><generator class="identity"/></id><property name="Text"/><property name="Number"/></class>
        </hibernate-mapping>
        """;

    private LocalRedisServer? _server;

    protected bool IsShared => isShared;

    /// <summary>A session factory on the store in question.</summary>
    protected ISessionFactory Node { get; private set; } = null!;

    protected override IEnumerable<string> TablesToEmpty =>
    [
        .. base.TablesToEmpty, "Sheet", "VersionedSheet", "TriggeredSheet", "PaddedSheet", "DynamicSheet", "FormulaSheet", "ConditionalSheet", "DefaultedSheet",
        "UnwrittenSheet", "RoundedSheet", "TwinSheet", "LoopSheet", "FoldedSheet", "OwnSqlSheet", "FamilySheet", "IdentitySheet",
    ];

    protected override void Configure(Configuration configuration)
    {
        configuration.UseGranularCache(options => options.Profiles.For(typeof(Sheet).Namespace + ".*", profile => profile.WriteThrough = true));
        configuration.AddXml(Mapping);
        configuration.EventListeners.PreInsertEventListeners = [new Veto()];
    }

    protected override void CreateMore()
    {
        using var connection = new Npgsql.NpgsqlConnection(ConnectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = """
            create function shout() returns trigger language plpgsql as 'begin new.Text := upper(new.Text); return new; end';
            alter table LoopSheet add foreign key (Text) references LoopSheet (Name) on update cascade;
            create schema elsewhere;
            create table elsewhere.Sheet (like Sheet including all);
            create trigger shouting before insert or update on TriggeredSheet for each row execute function shout();
            """;
        command.ExecuteNonQuery();
    }

    [SetUp]
    public async Task StartNode()
    {
        if (!isShared)
        {
            Node = Factory;
            return;
        }
        _server = await LocalRedisServer.StartAsync();
        Node = NewNode();
    }

    [TearDown]
    public async Task StopServer()
    {
        CloseNodes();
        if (_server is not null)
            await _server.DisposeAsync();
        _server = null;
    }

    /// <summary>Another one, with more properties.</summary>
    protected ISessionFactory NewNode(string name, string value) => isShared
        ? NewNode(_server!.ConnectionString, ("cache.granular.redis_timeout", "20"), (name, value))
        : NewNode(configuration => configuration.SetProperty(name, value));

    /// <summary>Another one, on the same Redis.</summary>
    protected ISessionFactory NewNode() => NewNode(_server!.ConnectionString, ("cache.granular.redis_timeout", "20"));

    /// <summary>One whose statements are gathered, 10 at a time.</summary>
    protected ISessionFactory NewBatchingNode() => NewNode(Cfg.Environment.BatchSize, "10");

    /// <summary>How many statements it takes in a session and transaction of its own.</summary>
    protected long Statements(Action<ISession> work) => Statements(Node, work);

    protected static long Statements(ISessionFactory node, Action<ISession> work)
    {
        var before = node.Statistics.PrepareStatementCount;
        Do(node, work);
        return node.Statistics.PrepareStatementCount - before;
    }

    protected void Do(Action<ISession> work) => Do(Node, work);

    protected static void Do(ISessionFactory node, Action<ISession> work) => Run(node, session =>
    {
        work(session);
        return true;
    });

    protected T Read<T>(Func<ISession, T> work) => Run(Node, work);

    /// <summary>Commits in a session of its own, and lets something happen when COMMIT has returned and nothing is published yet.</summary>
    protected void CommitAndThen(Action<ISession> work, System.Action afterCommit)
    {
        using var session = Node.WithOptions().Interceptor(new AfterCommit(afterCommit)).OpenSession();
        using var transaction = session.BeginTransaction();
        work(session);
        transaction.Commit();
    }

    /// <summary>Commits in a session of its own, and lets something happen when its changes are announced and COMMIT is not sent yet.</summary>
    protected void AnnounceAndThen(Action<ISession> work, System.Action afterAnnounce)
    {
        using var session = Node.OpenSession();
        using var transaction = session.BeginTransaction();
        transaction.RegisterSynchronization(new AfterAnnounce(afterAnnounce));
        work(session);
        transaction.Commit();
    }

    private protected static DatabaseScope ScopeOf(ISessionFactory node)
    {
        using var session = node.OpenSession();
        return StatementWitness.WatchOf((ISessionImplementor)session)!.Scope!;
    }

    /// <summary>Returns when other nodes find what this one has put.</summary>
    private protected static void Drain(ISessionFactory node) => (ScopeOf(node).Store as RedisStore)?.Drain();

    private sealed class Veto : Event.IPreInsertEventListener
    {
        public bool OnPreInsert(Event.PreInsertEvent @event) => @event.Entity is OddSheet { Text: "vetoed" };

        public Task<bool> OnPreInsertAsync(Event.PreInsertEvent @event, CancellationToken cancellationToken) => Task.FromResult(OnPreInsert(@event));
    }

    private sealed class AfterCommit(System.Action what) : EmptyInterceptor
    {
        public override void AfterTransactionCompletion(ITransaction tx) => what();
    }

    private sealed class AfterAnnounce(System.Action what) : Transaction.ITransactionCompletionSynchronization
    {
        public void ExecuteBeforeTransactionCompletion() => what();

        public Task ExecuteBeforeTransactionCompletionAsync(CancellationToken cancellationToken)
        {
            what();
            return Task.CompletedTask;
        }

        public void ExecuteAfterTransactionCompletion(bool success)
        {
            // Only what comes before is of interest.
        }

        public Task ExecuteAfterTransactionCompletionAsync(bool success, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
