using System.Reflection;
using System.Xml;
using System.Xml.Linq;
using NHibernate.Cache;
using NHibernate.Cache.Entry;
using NHibernate.Caches.Granular.Tests.Serialization.Zoo;
using NHibernate.Collection;
using NHibernate.Collection.Generic;
using NHibernate.Engine;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Tests.Serialization;

/// <summary>What every type of NHibernate disassembles a value to is carried, and assembles to that value again.</summary>
public sealed class NHibernateTypeTests
{
    private static readonly DateTime s_time = new(2024, 2, 29, 12, 30, 15, 123);

#pragma warning disable CS0618 // Obsolete types are mapped still.
    private static readonly Dictionary<string, object> s_samples = new()
    {
        [nameof(NHibernateUtil.AnsiString)] = "ansi",
        [nameof(NHibernateUtil.Binary)] = new byte[] { 1, 2, 3 },
        [nameof(NHibernateUtil.BinaryBlob)] = new byte[] { 1, 2, 3 },
        [nameof(NHibernateUtil.Boolean)] = true,
        [nameof(NHibernateUtil.Byte)] = (byte)7,
        [nameof(NHibernateUtil.Character)] = 'ä',
        [nameof(NHibernateUtil.CultureInfo)] = CultureInfo.InvariantCulture,
        [nameof(NHibernateUtil.DateTime)] = s_time,
        [nameof(NHibernateUtil.DateTimeNoMs)] = s_time,
        [nameof(NHibernateUtil.DateTime2)] = s_time,
        [nameof(NHibernateUtil.LocalDateTime)] = DateTime.SpecifyKind(s_time, DateTimeKind.Local),
        [nameof(NHibernateUtil.UtcDateTime)] = DateTime.SpecifyKind(s_time, DateTimeKind.Utc),
        [nameof(NHibernateUtil.LocalDateTimeNoMs)] = DateTime.SpecifyKind(s_time, DateTimeKind.Local),
        [nameof(NHibernateUtil.UtcDateTimeNoMs)] = DateTime.SpecifyKind(s_time, DateTimeKind.Utc),
        [nameof(NHibernateUtil.DateTimeOffset)] = new DateTimeOffset(s_time, TimeSpan.FromHours(2)),
        [nameof(NHibernateUtil.Date)] = s_time.Date,
        [nameof(NHibernateUtil.DateOnlyAsDate)] = DateOnly.FromDateTime(s_time),
        [nameof(NHibernateUtil.LocalDate)] = s_time.Date,
        [nameof(NHibernateUtil.Decimal)] = 1.50m,
        [nameof(NHibernateUtil.Double)] = 1.5d,
        [nameof(NHibernateUtil.Currency)] = 1.50m,
        [nameof(NHibernateUtil.Guid)] = Guid.NewGuid(),
        [nameof(NHibernateUtil.Int16)] = (short)-7,
        [nameof(NHibernateUtil.Int32)] = -7,
        [nameof(NHibernateUtil.Int64)] = -7L,
        [nameof(NHibernateUtil.SByte)] = (sbyte)-7,
        [nameof(NHibernateUtil.UInt16)] = (ushort)7,
        [nameof(NHibernateUtil.UInt32)] = 7u,
        [nameof(NHibernateUtil.UInt64)] = 7ul,
        [nameof(NHibernateUtil.Single)] = 1.5f,
        [nameof(NHibernateUtil.String)] = "text",
        [nameof(NHibernateUtil.StringClob)] = "text",
        [nameof(NHibernateUtil.Time)] = s_time,
        [nameof(NHibernateUtil.Ticks)] = s_time,
        [nameof(NHibernateUtil.UtcTicks)] = DateTime.SpecifyKind(s_time, DateTimeKind.Utc),
        [nameof(NHibernateUtil.TimeAsTimeSpan)] = s_time.TimeOfDay,
        [nameof(NHibernateUtil.TimeSpan)] = s_time.TimeOfDay,
        [nameof(NHibernateUtil.TimeOnlyAsDateTime)] = TimeOnly.FromDateTime(s_time),
        [nameof(NHibernateUtil.TimeOnlyAsTicks)] = TimeOnly.FromDateTime(s_time),
        [nameof(NHibernateUtil.TimeOnlyAsTime)] = TimeOnly.FromDateTime(s_time),
        [nameof(NHibernateUtil.DbTimestamp)] = s_time,
        [nameof(NHibernateUtil.UtcDbTimestamp)] = DateTime.SpecifyKind(s_time, DateTimeKind.Utc),
        [nameof(NHibernateUtil.TrueFalse)] = true,
        [nameof(NHibernateUtil.YesNo)] = true,
        [nameof(NHibernateUtil.Class)] = typeof(Animal),
        [nameof(NHibernateUtil.ClassMetaType)] = "Zoo.Animal",
        [nameof(NHibernateUtil.MetaType)] = "Zoo.Animal",
        [nameof(NHibernateUtil.AnsiChar)] = 'a',
        [nameof(NHibernateUtil.XmlDoc)] = Xml(),
        [nameof(NHibernateUtil.XDoc)] = XDocument.Parse("<a><b/></a>"),
        [nameof(NHibernateUtil.Uri)] = new Uri("https://example.org/"),
    };
#pragma warning restore CS0618

    // Serializable needs the binary formatter, which .NET no longer has; any needs an entity and has a test of its own.
    private static readonly string[] s_others = [nameof(NHibernateUtil.Serializable), nameof(NHibernateUtil.Object)];

    // Those that have no field there are made from mappings: what they disassemble to is tested below, or is what their bases give.
    private static readonly string[] s_mapped =
    [
        "AnyType", "ArrayType", "ComponentType", "CompositeCustomType", "CustomCollectionType", "CustomType", "EmbeddedComponentType", "EnumCharType`1", "EnumStringType", "EnumStringType`1", "EnumType`1",
        "GenericBagType`1", "GenericIdentifierBagType`1", "GenericListType`1", "GenericMapType`2", "GenericOrderedSetType`1", "GenericSetType`1", "GenericSortedDictionaryType`2", "GenericSortedListType`2",
        "GenericSortedSetType`1", "ManyToOneType", "OneToOneType", "PersistentEnumType", "SerializableType", "SpecialOneToOneType", "SubqueryComponentType",
    ];

    private ISessionFactory _factory = null!;
    private ISession _opened = null!;

    private static IEnumerable<FieldInfo> Fields => typeof(NHibernateUtil).GetFields(BindingFlags.Public | BindingFlags.Static).Where(member => typeof(IType).IsAssignableFrom(member.FieldType));

    private static IEnumerable<string> Names => Fields.Select(member => member.Name).Except(s_others).Where(name => name != "Timestamp");

    private ISessionImplementor Session => _opened.GetSessionImplementation();

    [OneTimeSetUp]
    public void Open()
    {
        _factory = ZooFactory.Build();
        _opened = _factory.OpenSession();
    }

    [OneTimeTearDown]
    public void Close()
    {
        _opened.Dispose();
        _factory.Dispose();
    }

    [Test]
    public void Every_type_that_NHibernate_names_has_a_sample() =>
        Assert.That(Names.Except(s_samples.Keys), Is.Empty, "types for which is not decided what they are carried as");

    [Test]
    public void Every_class_of_type_that_NHibernate_has_is_named_or_made_from_a_mapping()
    {
        var named = Fields.Select(member => member.GetValue(null)!.GetType()).ToHashSet();
        var others = typeof(IType).Assembly.GetTypes().Where(type => typeof(IType).IsAssignableFrom(type) && type is { IsAbstract: false, IsPublic: true } && !named.Contains(type)).Select(type => type.Name);

        Assert.That(others.Except(s_mapped), Is.Empty, "types for which is not decided what they are carried as");
    }

    [TestCaseSource(nameof(Names))]
    public void What_it_disassembles_a_value_to_comes_back_and_is_assembled_to_that_value(string name)
    {
        var type = (IType)Fields.Single(member => member.Name == name).GetValue(null)!;
        var disassembled = type.Disassemble(s_samples[name], Session, null);
        var read = Payloads.Codec.Decode(Payloads.Codec.Bytes(disassembled));

        Assert.That(PayloadText.Of(read), Is.EqualTo(PayloadText.Of(disassembled)));
        Assert.That(type.IsEqual(type.Assemble(read, Session, null), s_samples[name]), Is.True);
    }

    [Test]
    public void Reference_by_any_comes_back()
    {
        var companion = _opened.Load<Animal>(7);
        var cached = Come(Type(nameof(Animal.Companion)).Disassemble(companion, Session, null));

        Assert.That(Type(nameof(Animal.Companion)).Assemble(cached, Session, null), Is.SameAs(companion));
    }

    [Test]
    public void Reference_comes_back_as_the_identifier()
    {
        var keeper = _opened.Load<Keeper>(Guid.NewGuid());

        Assert.That(Come(Type(nameof(Animal.Keeper)).Disassemble(keeper, Session, null)), Is.EqualTo(keeper.Id));
    }

    [Test]
    public void Component_comes_back()
    {
        var home = (Home)Type(nameof(Animal.Home)).Assemble(Come(Type(nameof(Animal.Home)).Disassemble(new Home { House = "east", Floor = 2 }, Session, null)), Session, null);

        Assert.That((home.House, home.Floor), Is.EqualTo(("east", 2)));
    }

    [Test]
    public void Enumerations_come_back_in_every_form()
    {
        foreach (var type in new IType[] { Type(nameof(Animal.Species)), new EnumStringType<Species>(), new EnumCharType<Letter>() })
        {
            object value = type is EnumCharType<Letter> ? Letter.B : Species.Dog;
            Assert.That(type.Assemble(Come(type.Disassemble(value, Session, null)), Session, null), Is.EqualTo(value));
        }
    }

    [Test]
    public void Collections_come_back()
    {
        var nurse = _opened.Load<Keeper>(Guid.NewGuid());

        Assert.Multiple(() =>
        {
            Assert.That(State("Names", new PersistentGenericList<string>(Session, ["b", "a"])), Is.EqualTo(new object[] { "b", "a" }));
            Assert.That(State("Foods", new PersistentGenericSet<string>(Session, new HashSet<string> { "fish" })), Is.EqualTo(new object[] { "fish" }));
            Assert.That(State("Nurses", new PersistentGenericMap<string, Keeper>(Session, new Dictionary<string, Keeper> { ["west"] = nurse })), Is.EqualTo(new object[] { "west", nurse.Id }));
        });
    }

    [Test]
    public void Entity_comes_back_as_NHibernate_caches_it([Values] bool structured)
    {
        var persister = Session.Factory.GetEntityPersister(typeof(Keeper).FullName);
        var entry = CacheEntry.Create(["Eve"], persister, null, Session, null);
        var structure = structured ? new StructuredCacheEntry(persister) : persister.CacheEntryStructure;
        var item = (CachedItem)Come(new CachedItem { Value = structure.Structure(entry), FreshTimestamp = long.MinValue })!;

        Assert.That(PayloadText.Of(structure.Destructure(item.Value, Session.Factory)), Is.EqualTo(PayloadText.Of(entry)));
    }

    private object[] State(string name, IPersistentCollection collection)
    {
        var entry = CollectionCacheEntry.Create(collection, Session.Factory.GetCollectionPersister($"{typeof(Animal).FullName}.{name}"));
        return ((CollectionCacheEntry)Come(entry)!).State;
    }

    private IType Type(string property) => Session.Factory.GetEntityPersister(typeof(Animal).FullName).GetPropertyType(property);

    private static object? Come(object? cached) => Payloads.Codec.Decode(Payloads.Codec.Bytes(cached));

    private static XmlDocument Xml()
    {
        var document = new XmlDocument();
        document.LoadXml("<a><b /></a>");
        return document;
    }

    private enum Letter
    {
        A = 'a',
        B = 'b',
    }
}
