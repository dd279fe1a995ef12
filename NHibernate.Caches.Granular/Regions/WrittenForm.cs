using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Values;
using NHibernate.Engine;
using NHibernate.Persister.Entity;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Regions;

/// <summary>
/// Of which entities, and of which of their writes, the state that would be read back is known to be the state that was written, value by value. What
/// is not understood is not. Thread-safe: stateless.
/// </summary>
internal static class WrittenForm
{
    private static readonly HashSet<System.Type> s_basic =
    [
        typeof(Int16Type), typeof(Int32Type), typeof(Int64Type), typeof(ByteType), typeof(BooleanType), typeof(GuidType),
        typeof(StringType), typeof(AnsiStringType), typeof(StringClobType),
    ];

    /// <summary>Whether all that the mapping's SELECT reads of the entity, and all that it asks for, are plain columns of its one row.</summary>
    public static bool Contains(AbstractEntityPersister entity) =>
        entity.GetType() == typeof(SingleTableEntityPersister) && FlushAction.Explains(entity)
        && entity is { IsPolymorphic: false, IsInherited: false, HasSubclasses: false, HasLazyProperties: false, HasInsertGeneratedProperties: false, HasUpdateGeneratedProperties: false }
        && !NHibernateInternals.HasOwnSqlToWrite(entity)
        && entity.FilterFragment("this_", ImmutableDictionary<string, IFilter>.Empty).Length == 0
        && Array.TrueForAll(entity.PropertyTypes, type => IsExact(type, entity.Factory));

    /// <summary>Whether the statement has written all of the entity's row, and what it has written is read back as this state.</summary>
    /// <param name="written">The one change that the entity's action has made.</param>
    /// <param name="entity">Its persister.</param>
    /// <param name="id">Its identifier.</param>
    /// <param name="state">Its state.</param>
    /// <param name="session">The session that writes it.</param>
    public static bool IsWhole(OneRowChange written, AbstractEntityPersister entity, object id, object?[] state, ISessionImplementor session)
    {
        var (change, table, row) = written;
        if (table.RowShape is not { } shape || RowKeys.Of(shape, PropertyValues.Of(table, entity.IdentifierColumnNames, entity.IdentifierType, id, session)) != row)
            return false;
        for (var i = 0; i < state.Length; i++)
        {
            var type = entity.PropertyTypes[i];
            // Its elements are other rows, of other tables or of this one, and its key is the entity's.
            if (type.IsCollectionType)
                continue;
            var columns = entity.GetPropertyColumnNames(i);
            var values = IsAsRead(type, state[i]) ? PropertyValues.Of(table, columns, type, state[i], session) : [];
            if (values.Count == 0 || values.Count != columns.Length || !values.TrueForAll(value => IsStoredAsItIs(table.Columns[value.Key].Form) && change.New.TryGetValue(value.Key, out var known) && known == value.Value))
                return false;
        }
        return true;
    }

    private static bool IsExact(IType type, ISessionFactoryImplementor factory) => type switch
    {
        CollectionType collection => collection.LHSPropertyName is null,
        OneToOneType => false,
        EntityType reference => reference is { IsNullable: false, IsReferenceToPrimaryKey: true } && s_basic.Contains(reference.GetIdentifierOrUniqueKeyType(factory).GetType()),
        PersistentEnumType => true,
        _ => s_basic.Contains(type.GetType()),
    };

    /// <summary>Whether reading gives a value of this very kind: in memory there may be others that are written alike.</summary>
    private static bool IsAsRead(IType type, object? value) => value is null || type.IsEntityType || value.GetType() == type.ReturnedClass;

    /// <summary>Not <c>char(n)</c>, which is padded.</summary>
    private static bool IsStoredAsItIs(ValueForm form) => form is IntegerForm or BooleanForm or UuidForm or TextForm;
}
