using NHibernate.Engine;
using NHibernate.Proxy;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Regions;

/// <summary>
/// Identifiers in a form that means the same to every process, much as NHibernate disassembles them; but there is no session where
/// a region is asked. Thread-safe: stateless.
/// </summary>
internal static class SharedIdentifier
{
    /// <param name="type">The mapped type of the identifier.</param>
    /// <param name="identifier">The identifier, or a part of one.</param>
    /// <param name="factory">The session factory whose mapping it is of.</param>
    /// <param name="form">Differs where identifiers differ. Types of the user's own may give what no codec carries.</param>
    /// <returns>False when it cannot be said without a session.</returns>
    public static bool TryMake(IType type, object? identifier, ISessionFactoryImplementor factory, out object? form)
    {
        form = identifier;
        switch (type)
        {
            case AnyType:
                return identifier is null;
            case CustomType custom:
                return TryMake(custom, identifier, out form);
            case EntityType entity:
                return TryMake(entity, identifier, factory, out form);
            case IAbstractComponentType component when identifier is not null:
                return TryMake(component, identifier, factory, out form);
        }
        form = identifier switch
        {
            Enum member => Convert.ChangeType(member, Enum.GetUnderlyingType(member.GetType()), CultureInfo.InvariantCulture),
            System.Type mapped => mapped.AssemblyQualifiedName,
            CultureInfo culture => culture.Name,
            _ => identifier,
        };
        return true;
    }

    private static bool TryMake(CustomType type, object? identifier, out object? form)
    {
        form = null;
        try
        {
            form = identifier is null ? null : type.UserType.Disassemble(identifier);
            return true;
        }
#pragma warning disable CA1031 // A type of the user's own throws what it likes, and NHibernate disassembles no identifier: reading must not fail of it.
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
    }

    // Part of a composite identifier that is another entity: what tells that one.
    private static bool TryMake(EntityType type, object? entity, ISessionFactoryImplementor factory, out object? form)
    {
        form = null;
        if (entity is null)
            return true;
        if (!type.IsReferenceToPrimaryKey)
            return false;
        var persister = factory.GetEntityPersister(type.GetAssociatedEntityName());
        var identifier = entity is INHibernateProxy proxy ? proxy.HibernateLazyInitializer.Identifier : persister.GetIdentifier(entity);
        return TryMake(persister.IdentifierType, identifier, factory, out form);
    }

    private static bool TryMake(IAbstractComponentType type, object component, ISessionFactoryImplementor factory, out object? form)
    {
        var values = type.GetPropertyValues(component);
        var parts = new object?[values.Length];
        form = parts;
        for (var i = 0; i < parts.Length; i++)
        {
            if (!TryMake(type.Subtypes[i], values[i], factory, out parts[i]))
                return false;
        }
        return true;
    }
}
