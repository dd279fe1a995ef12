using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using NHibernate.Engine;
using NHibernate.Persister.Collection;
using NHibernate.Persister.Entity;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Scopes;

/// <summary>
/// A hash over everything in a mapping that decides what cached states mean, and over the versions of those who write them. Processes
/// that share entries have the same; where it differs, each reads only its own. It does not see into code: a user type that
/// disassembles otherwise than before, in an assembly of the same version, has the same. Not thread-safe: makes one fingerprint.
/// </summary>
internal sealed class MappingFingerprint
{
    private const string Alias = "this_";

    private readonly XxHash128 _hash = new();
    private readonly ISessionFactoryImplementor _factory;

    private MappingFingerprint(ISessionFactoryImplementor factory) => _factory = factory;

    /// <param name="factory">The session factory, built.</param>
    /// <param name="format">The version of the payloads' format.</param>
    /// <returns>32 hexadecimal digits: the same in every process, and in whatever order classes were mapped.</returns>
    public static string Of(ISessionFactoryImplementor factory, int format)
    {
        var fingerprint = new MappingFingerprint(factory);
        fingerprint.Add(typeof(ISessionFactory).Assembly.GetName().Version?.ToString());
        fingerprint.Add(format);
        fingerprint.Add(factory.Settings.IsStructuredCacheEntriesEnabled);
        fingerprint.AddEach(factory.GetAllClassMetadata().Keys, name => fingerprint.AddEntity(factory.GetEntityPersister(name)));
        fingerprint.AddEach(factory.GetAllCollectionMetadata().Keys, role => fingerprint.AddCollection(factory.GetCollectionPersister(role)));
        return Convert.ToHexStringLower(fingerprint._hash.GetCurrentHash());
    }

    private void AddEntity(IEntityPersister entity)
    {
        Add(entity.EntityName);
        Add(entity.RootEntityName);
        Add(entity.MappedClass?.FullName);
        Add(entity.IdentifierPropertyName);
        AddType(entity.IdentifierType);
        Add(entity.IsVersioned ? entity.VersionProperty : -1);
        Add(entity.IsLazyPropertiesCacheable);
        var tables = entity as AbstractEntityPersister;
        if (tables is not null)
        {
            AddAll(tables.IdentifierColumnNames);
            AddAll([.. entity.QuerySpaces.Order(StringComparer.Ordinal)]);
            Add(tables.DiscriminatorColumnName);
            Add(tables.DiscriminatorSQLValue);
            Add(tables.FilterFragment(Alias, ImmutableDictionary<string, IFilter>.Empty));
        }
        Add(entity.PropertyNames.Length);
        for (var i = 0; i < entity.PropertyNames.Length; i++)
        {
            var name = entity.PropertyNames[i];
            Add(name);
            AddType(entity.PropertyTypes[i]);
            Add(entity.PropertyLaziness[i]);
            // A collection has no column here; a formula is one.
            if (tables is null || entity.PropertyTypes[i].IsCollectionType)
                continue;
            Add(tables.GetPropertyTableName(name));
            AddAll(tables.ToColumns(Alias, name));
        }
    }

    private void AddCollection(ICollectionPersister collection)
    {
        Add(collection.Role);
        Add(collection.OwnerEntityPersister.EntityName);
        Add(collection.CollectionType.GetType().FullName);
        Add(collection.CollectionType.LHSPropertyName);
        AddType(collection.KeyType);
        AddType(collection.IndexType);
        AddType(collection.ElementType);
        AddType(collection.IdentifierType);
        Add(collection.IsOneToMany);
        AddAll([.. collection.CollectionSpaces.Order(StringComparer.Ordinal)]);
        if (collection is not IQueryableCollection rows)
            return;
        AddAll(rows.KeyColumnNames);
        AddAll(rows.HasIndex ? rows.IndexColumnNames : []);
        AddAll(rows.HasIndex ? rows.IndexFormulas : []);
        AddAll(rows.ElementColumnNames);
        Add(rows.FilterFragment(Alias, ImmutableDictionary<string, IFilter>.Empty));
        Add(rows.HasOrdering ? rows.GetSQLOrderByString(Alias) : null);
        Add(rows.IsManyToMany ? rows.GetManyToManyFilterFragment(Alias, ImmutableDictionary<string, IFilter>.Empty) : null);
        Add(rows.HasManyToManyOrdering ? rows.GetManyToManyOrderByString(Alias) : null);
    }

    private void AddType(IType? type)
    {
        Add(type?.GetType().FullName);
        Add(type?.Name);
        switch (type)
        {
            case null or AnyType:
                return;
            case CustomType custom:
                Add(custom.UserType.GetType().AssemblyQualifiedName);
                return;
            case CollectionType collection:
                Add(collection.Role);
                return;
            case EntityType entity:
                Add(entity.GetAssociatedEntityName());
                Add(entity.RHSUniqueKeyPropertyName);
                return;
            case IAbstractComponentType component:
                Add((component as CompositeCustomType)?.UserType.GetType().AssemblyQualifiedName);
                Add(component.ReturnedClass?.FullName);
                AddAll(component.PropertyNames);
                foreach (var part in component.Subtypes)
                    AddType(part);
                return;
            default:
                AddReturned(type.ReturnedClass);
                foreach (var column in type.SqlTypes(_factory))
                    Add((int)column.DbType);
                return;
        }
    }

    private void AddReturned(System.Type? returned)
    {
        Add(returned?.FullName);
        Add(returned?.IsEnum == true ? Enum.GetUnderlyingType(returned).FullName : null);
    }

    private void AddEach(IEnumerable<string> names, Action<string> add)
    {
        var ordered = names.Order(StringComparer.Ordinal).ToList();
        Add(ordered.Count);
        ordered.ForEach(add);
    }

    private void AddAll(string?[] texts)
    {
        Add(texts.Length);
        foreach (var text in texts)
            Add(text);
    }

    private void Add(bool value) => Add(value ? 1 : 0);

    // With its length before it, so that what stands beside it cannot be taken for a part of it.
    private void Add(string? text)
    {
        Add(text?.Length ?? -1);
        _hash.Append(Encoding.UTF8.GetBytes(text ?? ""));
    }

    private void Add(int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        _hash.Append(bytes);
    }
}
