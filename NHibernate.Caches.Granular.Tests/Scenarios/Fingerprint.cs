using System.Collections;
using NHibernate.Proxy;

namespace NHibernate.Caches.Granular.Tests.Scenarios;

/// <summary>
/// A text that is equal for equal answers only: order, types of scalars, classes of entities and all their column values; of
/// entities they refer to, the key. Must be taken while the session is open.
/// </summary>
internal static class Fingerprint
{
    public static string Of(object? answer, ISession session) => answer switch
    {
        null => "null",
        string text => $"'{text}'",
        byte[] bytes => Convert.ToHexString(bytes),
        DateTime time => time.ToString("O", CultureInfo.InvariantCulture),
        _ when IsEntity(answer, session) => OfEntity(answer, session),
        IEnumerable items => $"[{string.Join(" ", items.Cast<object?>().Select(item => Of(item, session)))}]",
        IFormattable scalar => $"{scalar.ToString(null, CultureInfo.InvariantCulture)}:{answer.GetType().Name}",
        _ => $"{answer}",
    };

    private static bool IsEntity(object item, ISession session) =>
        item is INHibernateProxy || session.GetSessionImplementation().PersistenceContext.GetEntry(item) is not null;

    private static string OfEntity(object item, ISession session)
    {
        var entity = item is INHibernateProxy proxy ? proxy.HibernateLazyInitializer.GetImplementation() : item;
        var persister = session.GetSessionImplementation().PersistenceContext.GetEntry(entity).Persister;
        var values = persister.PropertyNames.Zip(persister.PropertyTypes, (name, type) => (name, type))
            .Where(property => !property.type.IsCollectionType)
            .Select(property => $"{property.name}={OfProperty(persister.GetPropertyValue(entity, property.name), session)}");
        return $"{persister.MappedClass.Name}#{persister.GetIdentifier(entity)}{{{string.Join(",", values)}}}";
    }

    private static string OfProperty(object? value, ISession session) =>
        value is null || !IsEntity(value, session) ? Of(value, session) : $"#{session.GetIdentifier(value)}";
}
