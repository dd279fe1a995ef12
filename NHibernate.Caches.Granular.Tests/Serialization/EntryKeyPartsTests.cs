using NHibernate.Cache;
using NHibernate.Caches.Granular.Queries;
using NHibernate.Caches.Granular.Regions;
using NHibernate.Caches.Granular.Tests.Merging.Model;
using NHibernate.Caches.Granular.Tests.Serialization.Zoo;
using NHibernate.Engine;
using NHibernate.SqlCommand;
using NHibernate.Transform;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Tests.Serialization;

/// <summary>Keys that differ have parts that differ, as bytes too; equal keys have equal ones in every session (I13).</summary>
public sealed class EntryKeyPartsTests
{
    private static readonly SqlString s_sql = SqlString.Parse("select a from b where c = ? and d = '?'");

    private ISessionFactory _factory = null!;

    private ISessionFactoryImplementor Factory => (ISessionFactoryImplementor)_factory;

    [OneTimeSetUp]
    public void Build() => _factory = ZooFactory.Build();

    [OneTimeTearDown]
    public void Close() => _factory.Dispose();

    [Test]
    public void Queries_that_differ_have_different_parts()
    {
        var time = new DateTime(2024, 2, 29);
        byte[][] keys =
        [
            Query("region", s_sql, Values(1)),
            Query("other", s_sql, Values(1)),
            // The same text, with a parameter where there was text and text where there was a parameter.
            Query("region", new SqlString("select a from b where c = ? and d = '", Parameter.Placeholder, "'"), Values(1)),
            Query("region", new SqlString("select a from b where c = ? and d = '?'"), Values(1)),
            Query("region", s_sql, Values(2)),
            Query("region", s_sql, Values(1L)),
            Query("region", s_sql, Values("1")),
            Query("region", s_sql, Values(null)),
            Query("region", s_sql, Values(1.0m)),
            Query("region", s_sql, Values(1.00m)),
            Query("region", s_sql, Values(0d)),
            Query("region", s_sql, Values(-0d)),
            Query("region", s_sql, Values(time)),
            Query("region", s_sql, Values(DateTime.SpecifyKind(time, DateTimeKind.Utc))),
            Query("region", s_sql, Values(Species.Dog)),
            Query("region", s_sql, Values(new byte[] { 1 })),
            Query("region", s_sql, Values(1, 1)),
            Query("region", s_sql, Values(1), includeInTuple: [true]),
            Query("region", s_sql, Values(1), includeInTuple: [true, false]),
            Query("region", s_sql, Values(1), includeInTuple: [true, true]),
            Query("region", s_sql, Values(1), discovered: s_sql),
            Query("region", s_sql, Values(1), discovered: SqlString.Parse("select 1")),
            Query("region", s_sql, Values(1), new RowSelection { FirstRow = 1 }),
            Query("region", s_sql, Values(1), new RowSelection { MaxRows = 1 }),
        ];

        Assert.That(keys.Select(Convert.ToHexString), Is.Unique);
    }

    [Test]
    public void Same_query_of_another_session_has_the_same_parts()
    {
        var keeper = Guid.NewGuid();

        Assert.That(QueryBy(keeper), Is.EqualTo(QueryBy(keeper)));
        Assert.That(QueryBy(keeper), Is.Not.EqualTo(QueryBy(Guid.NewGuid())));
    }

    [Test]
    public void Entities_and_collections_that_differ_have_different_parts()
    {
        var animal = typeof(Animal).FullName!;
        byte[][] keys =
        [
            Region("region", 1, NHibernateUtil.Int32, animal),
            Region("other", 1, NHibernateUtil.Int32, animal),
            Region("region", 2, NHibernateUtil.Int32, animal),
            Region("region", "1", NHibernateUtil.String, animal),
            Region("region", 1, NHibernateUtil.Int32, animal + ".Names"),
            Region("region", 1, NHibernateUtil.Int32, animal, "tenant"),
            Region("region", Species.Cat, NHibernateUtil.Enum(typeof(Species)), animal),
        ];

        Assert.That(keys.Select(Convert.ToHexString), Is.Unique);
    }

    [Test]
    public void Composite_identifier_with_an_entity_in_it_is_told_by_that_one_s_identifier()
    {
        var type = Factory.GetEntityPersister(typeof(Feeding).FullName).IdentifierType;
        using var session = _factory.OpenSession();
        var day = new DateTime(2024, 2, 29);
        var ofProxy = Parts(new FeedingId { Animal = session.Load<Animal>(7), Day = day }, type, typeof(Feeding).FullName!);
        var ofEntity = Parts(new FeedingId { Animal = new Animal { Id = 7 }, Day = day }, type, typeof(Feeding).FullName!);

        Assert.That(ofProxy, Is.EqualTo(new object?[] { 1, "region", typeof(Feeding).FullName, null, new object?[] { 7, day } }));
        Assert.That(ofEntity, Is.EqualTo(ofProxy));
    }

    [Test]
    public void Identifier_of_a_user_s_type_is_what_that_disassembles_it_to()
    {
        var parts = Parts(new Money(1, "EUR"), Factory.GetEntityPersister(typeof(Ticket).FullName).IdentifierType, typeof(Ticket).FullName!);

        Assert.That(parts![^1], Is.EqualTo(new Money(1, "EUR")));
        Assert.That(Payloads.Codec.Refused(parts), Is.EqualTo(typeof(Money)));
        Assert.That(GoldenPayloads.Codec.Refused(parts), Is.Null);
    }

    [Test]
    public void Identifier_that_cannot_be_told_without_a_session_is_not_shared() =>
        Assert.That(Parts(new Animal { Id = 7 }, NHibernateUtil.Object, typeof(Animal).FullName!), Is.Null);

    [Test]
    public void Identifier_of_a_user_s_type_that_cannot_disassemble_it_is_not_shared() =>
        Assert.That(Parts("odd", NHibernateUtil.Custom(typeof(OddType)), typeof(Animal).FullName!), Is.Null);

    private static (IType Type, object? Value)[] Values(params object?[]? values) =>
        [.. (values ?? [null]).Select(value => (value is null ? NHibernateUtil.Int32 : NHibernateUtil.GuessType(value), value))];

    private byte[] QueryBy(Guid keeper)
    {
        using var session = _factory.OpenSession();
        return Query("region", s_sql, [(NHibernateUtil.Entity(typeof(Keeper)), session.Load<Keeper>(keeper))], session: session);
    }

    private byte[] Query(string region, SqlString sql, (IType Type, object? Value)[] values, RowSelection? selection = null, bool[]? includeInTuple = null, SqlString? discovered = null, ISession? session = null)
    {
        using var own = session is null ? _factory.OpenSession() : null;
        var parameters = new QueryParameters([.. values.Select(value => value.Type)], [.. values.Select(value => value.Value)]) { RowSelection = selection ?? new RowSelection() };
        var transformer = includeInTuple is not null ? CacheableResultTransformer.Create(null, null, includeInTuple, false, null, false)
            : discovered is not null ? CacheableResultTransformer.Create(null, null, null, true, discovered, false)
            : null;
        var key = new QueryKey(Factory, sql, parameters, null, transformer, null);
        return Payloads.Codec.Bytes(QueryEntryKey.Of(region, key, parameters, null, (session ?? own)!.GetSessionImplementation()).Parts);
    }

    private byte[] Region(string region, object identifier, IType type, string name, string? tenant = null) =>
        Payloads.Codec.Bytes(new RegionEntryKey(new RegionName(region), new CacheKey(identifier, type, name, Factory, tenant)).Parts);

    private object?[]? Parts(object identifier, IType type, string name) => new RegionEntryKey(new RegionName("region"), new CacheKey(identifier, type, name, Factory, null)).Parts;
}
