using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Caches.Granular.Tests.Scenarios.Model;
using NHibernate.Cfg;
using NHibernate.Mapping.ByCode;

namespace NHibernate.Caches.Granular.Tests.Regions.Races;

/// <summary>One look at an entity or collection, and a change that alters what it gives.</summary>
/// <param name="Name">What it is about.</param>
/// <param name="Given">Rows beside the blog's, as SQL; empty for none.</param>
/// <param name="Look">Through a session, whatever it does there.</param>
/// <param name="Change">Of another session, in a transaction.</param>
public sealed record Race(string Name, string Given, Func<ISession, object?> Look, Action<ISession> Change)
{
    /// <summary>Nothing of it is ever cached, for a reason that other tests prove.</summary>
    public bool IsNeverCached { get; init; }

    public override string ToString() => Name;
}

/// <summary>Entities and collections of every kind of mapping, each of them cached.</summary>
public abstract class RegionKindsFixture : NodesFixture
{
    /// <summary>The strategy of all regions.</summary>
    protected abstract string Usage { get; }

    protected override IEnumerable<string> TablesToEmpty => RaceModel.Tables.Concat(ScenarioMapping.Tables).Concat(base.TablesToEmpty);

    protected override ModelMapper Map() => ScenarioMapping.Create();

    protected override void Configure(Configuration configuration)
    {
        base.Configure(configuration);
        configuration.AddXmlString(RaceModel.Mapping);
        configuration.FilterDefinitions[ScenarioMapping.TeamFilter] = new Engine.FilterDefinition(ScenarioMapping.TeamFilter, "Team = :number", new Dictionary<string, Type.IType> { ["number"] = NHibernateUtil.Int32 }, false);
        configuration.BuildMappings();
        foreach (var root in configuration.ClassMappings.OfType<Mapping.RootClass>().ToList())
            root.CacheConcurrencyStrategy = Usage;
        foreach (var collection in configuration.CollectionMappings.ToList())
            (collection.CacheConcurrencyStrategy, collection.CacheRegionName) = (Usage, collection.Role);
    }

    /// <summary>The blog's rows by SQL: strategies of what is read only let nothing be written.</summary>
    protected override void Fill(ISession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        session.CreateSQLQuery("""
            insert into Cat (Id, Title) values (1, 'A'), (2, 'B');
            insert into Tag (Id, Name) values (1, 'x'), (2, 'y');
            insert into Post (Id, Title, Slug, cat_id, Visible, Score, Price) values
                (1, 'first', 'first', 1, true, 5, 1.00), (2, 'second', 'second', 2, false, 7, 2.00), (3, 'third', 'third', 1, false, null, 3.00);
            insert into PostTag (post_id, tag_id) values (1, 1), (2, 2);
            insert into Comment (Id, Version, post_id, Approved, Text) values (1, 1, 1, true, 'one'), (2, 1, 2, false, 'two');
            """).ExecuteUpdate();
    }

    protected override void CreateMore()
    {
        using var connection = new Npgsql.NpgsqlConnection(ConnectionString);
        connection.Open();
        using var command = new Npgsql.NpgsqlCommand(ScenarioMapping.Ddl, connection);
        command.ExecuteNonQuery();
    }
}
