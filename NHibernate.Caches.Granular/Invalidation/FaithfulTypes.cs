using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using NHibernate.Engine;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>
/// The types that write what they have read. Others may read two database values as one (a user's type that trims or folds, an enum
/// read by name in any case), or write what an object in memory made of it (a component whose accessors do more than store, a
/// reference by a property): of theirs the database value is not known. Thread-safe.
/// </summary>
internal static class FaithfulTypes
{
    private static readonly HashSet<System.Type> s_basic =
    [
        typeof(Int16Type), typeof(Int32Type), typeof(Int64Type), typeof(ByteType), typeof(BooleanType), typeof(GuidType), typeof(DateType),
        typeof(StringType), typeof(AnsiStringType), typeof(StringClobType),
    ];

    // Properties of components, by whether the compiler wrote both their accessors.
    private static readonly ConcurrentDictionary<(System.Type Type, string Name), bool> s_onlyStore = new();

    public static bool Contains(IType type, ISessionFactoryImplementor factory) => type switch
    {
        EntityType reference => reference.IsReferenceToPrimaryKey && Contains(reference.GetIdentifierOrUniqueKeyType(factory), factory),
        PersistentEnumType => true,
        ComponentType component => Array.TrueForAll(component.Subtypes, part => Contains(part, factory))
            && Array.TrueForAll(component.PropertyNames, name => OnlyStores(component.ReturnedClass, name)),
        _ => s_basic.Contains(type.GetType()),
    };

    private static bool OnlyStores(System.Type type, string name) => s_onlyStore.GetOrAdd((type, name), static property =>
        property.Type.GetProperties().Where(other => other.Name == property.Name).ToArray() is [{ GetMethod: { } get, SetMethod: { } set }]
        && get.IsDefined(typeof(CompilerGeneratedAttribute)) && set.IsDefined(typeof(CompilerGeneratedAttribute)));
}
