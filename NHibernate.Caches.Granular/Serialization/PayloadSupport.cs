using NHibernate.Engine;
using NHibernate.Persister.Collection;
using NHibernate.Persister.Entity;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Serialization;

/// <summary>
/// What of the cached entities and collections of a mapping cannot be shared with other processes, as far as the mapping tells. The
/// rest shows when a value is written, and is counted then. Thread-safe: stateless.
/// </summary>
internal static class PayloadSupport
{
    /// <param name="factory">The session factory, built.</param>
    /// <param name="codec">Its codec.</param>
    /// <returns>One sentence for each property: which it is, why, and what to do about it.</returns>
    public static IReadOnlyList<string> Findings(ISessionFactoryImplementor factory, PayloadCodec codec)
    {
        var findings = new List<string>();
        foreach (var entity in InOrder(factory.GetAllClassMetadata().Keys).Select(factory.GetEntityPersister).Where(entity => entity.HasCache))
        {
            Find($"{entity.EntityName}.{entity.IdentifierPropertyName ?? "id"}", entity.IdentifierType);
            for (var i = 0; i < entity.PropertyNames.Length; i++)
                Find($"{entity.EntityName}.{entity.PropertyNames[i]}", entity.PropertyTypes[i]);
        }
        foreach (var collection in InOrder(factory.GetAllCollectionMetadata().Keys).Select(factory.GetCollectionPersister).Where(collection => collection.HasCache))
        {
            Find($"{collection.Role} (key)", collection.KeyType);
            Find($"{collection.Role} (index)", collection.IndexType);
            Find($"{collection.Role} (element)", collection.ElementType);
            Find($"{collection.Role} (identifier)", collection.IdentifierType);
        }
        return findings;

        void Find(string property, IType? type) => findings.AddRange(WhyNot(property, type, factory, codec));
    }

    private static IEnumerable<string> InOrder(IEnumerable<string> names) => names.Order(StringComparer.Ordinal);

    private static IEnumerable<string> WhyNot(string property, IType? type, ISessionFactoryImplementor factory, PayloadCodec codec) => type switch
    {
        // Of an association by any, the identifier's type is known when there is one.
        null or AnyType => [],
        SerializableType => [$"{property} is mapped as serializable, which needs the binary formatter that .NET no longer has. Map it with a user type that disassembles to text or bytes."],
        EntityType entity => WhyNot(property, entity.GetIdentifierOrUniqueKeyType(factory), factory, codec),
        CollectionType collection => WhyNot(property, factory.GetCollectionPersister(collection.Role).KeyType, factory, codec),
        CustomType custom => WhyNot(property, custom.ReturnedClass, custom.UserType.GetType(), codec),
        CompositeCustomType custom => WhyNot(property, custom.ReturnedClass, custom.UserType.GetType(), codec),
        IAbstractComponentType component => component.Subtypes.SelectMany((part, i) => WhyNot($"{property}.{component.PropertyNames[i]}", part, factory, codec)),
        // What NHibernate's own types disassemble to is carried.
        _ when type.GetType().Assembly == typeof(IType).Assembly => [],
        _ => WhyNot(property, type.ReturnedClass, type.GetType(), codec),
    };

    private static IEnumerable<string> WhyNot(string property, System.Type? returned, System.Type mappedBy, PayloadCodec codec) => returned is not null && codec.Carries(returned)
        ? []
        : [$"{property} is of {returned}, mapped by {mappedBy}. Unless that disassembles it to something else, register it: options.Payloads.Register<{returned?.Name}>(\"a name\")."];
}
