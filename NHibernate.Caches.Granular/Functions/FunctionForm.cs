using System.Collections;
using System.IO.Hashing;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using NHibernate.Engine;
using NHibernate.Proxy;

namespace NHibernate.Caches.Granular.Functions;

/// <summary>
/// How results of one type are stored: values that nobody can change as they are, everything else as JSON, so that no two callers share an
/// object. Thread-safe: immutable.
/// </summary>
internal sealed class FunctionForm
{
    private static readonly JsonSerializerOptions s_json = MakeOptions();

    private static readonly HashSet<System.Type> s_plain = [typeof(Guid), typeof(DateTimeOffset), typeof(TimeSpan), typeof(DateOnly), typeof(TimeOnly), typeof(BigInteger)];

    private readonly System.Type _type;
    private readonly System.Type? _plain;
    private int _isTold;

    private FunctionForm(System.Type type, System.Type? plain, string contract) => (_type, _plain, Name) = (type, plain, contract.Length == 0 ? type.ToString() : $"{type} {contract}");

    /// <summary>The type, and what of it is written: results that a class of before wrote are none of the class of now.</summary>
    public string Name { get; }

    /// <summary>Whether it was not said yet that a result cannot be stored; once for each type.</summary>
    public bool IsToTell => Interlocked.Exchange(ref _isTold, 1) == 0;

    /// <exception cref="NotSupportedException">Results of this type cannot be cached.</exception>
    public static FunctionForm Of(System.Type type, ISessionFactoryImplementor factory)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        if (plain == typeof(byte[]) || s_plain.Contains(plain) || (!plain.IsEnum && System.Type.GetTypeCode(plain) is not (TypeCode.Object or TypeCode.DBNull or TypeCode.Empty)))
            return new FunctionForm(type, plain, "");
        var contract = new Contract(factory, type);
        contract.Add(type);
        return new FunctionForm(type, null, contract.Hash);
    }

    /// <summary>What is stored of a result.</summary>
    /// <param name="result">The result.</param>
    /// <param name="failure">Why it cannot be stored; null when it can.</param>
    public object? Write(object? result, out NotSupportedException? failure)
    {
        failure = null;
        if (_plain is not null)
            return new[] { Copy(result) };
        try
        {
            if (result is not null && result.GetType() is var actual && actual != _type && result is not IEnumerable && s_json.GetTypeInfo(_type).PolymorphismOptions is null)
            {
                failure = new NotSupportedException($"It was a {actual}, which is not what would be read again.");
                return null;
            }
            var bytes = JsonSerializer.SerializeToUtf8Bytes(result, _type, s_json);
            if (JsonSerializer.SerializeToUtf8Bytes(JsonSerializer.Deserialize(bytes, _type, s_json), _type, s_json).AsSpan().SequenceEqual(bytes))
                return bytes;
            failure = new NotSupportedException("What is read again is not what was written: a member may have neither a setter nor a parameter of the constructor.");
        }
#pragma warning disable CA1031 // Whatever a user's type or converter throws, the function has its result.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = new NotSupportedException("JSON cannot hold it.", exception);
        }
        return null;
    }

    /// <param name="payload">What was stored.</param>
    /// <param name="result">The result, which is the caller's own.</param>
    /// <returns>False when it is no result of this type.</returns>
    public bool TryRead(object payload, out object? result)
    {
        result = null;
        if (_plain is not null)
        {
            if (payload is not object?[] { Length: 1 } wrapped || (wrapped[0] is null ? _plain == _type && _plain.IsValueType : wrapped[0]!.GetType() != _plain))
                return false;
            result = Copy(wrapped[0]);
            return true;
        }
        try
        {
            if (payload is not byte[] bytes)
                return false;
            result = JsonSerializer.Deserialize(bytes, _type, s_json);
            return result is not null || !_type.IsValueType || Nullable.GetUnderlyingType(_type) is not null;
        }
#pragma warning disable CA1031 // Bytes are not trusted (I13).
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
    }

    private static object? Copy(object? value) => value is byte[] bytes ? bytes.Clone() : value;

    private static JsonSerializerOptions MakeOptions()
    {
        var options = new JsonSerializerOptions
        {
            // The elements of tuples are fields.
            IncludeFields = true,
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { RefuseDerived } },
        };
        options.MakeReadOnly();
        return options;
    }

    // JSON writes of an object what its declared type shows, and it would be read again as one of that type.
    private static void RefuseDerived(JsonTypeInfo info)
    {
        if (info.Kind != JsonTypeInfoKind.Object || info.Type.IsSealed || info.PolymorphismOptions is not null)
            return;
        var serializing = info.OnSerializing;
        info.OnSerializing = value =>
        {
            if (value.GetType() is var actual && actual != info.Type)
                throw new NotSupportedException($"It holds a {actual} where a {info.Type} would be read again.");
            serializing?.Invoke(value);
        };
    }

    /// <summary>What JSON there is of a type, member by member. Not thread-safe: belongs to one call.</summary>
    /// <param name="factory">Whose entities are no results.</param>
    /// <param name="root">The type, for messages.</param>
    private sealed class Contract(ISessionFactoryImplementor factory, System.Type root)
    {
        private readonly HashSet<System.Type> _seen = [];
        private readonly StringBuilder _text = new();

        public string Hash => Convert.ToHexStringLower(XxHash128.Hash(Encoding.UTF8.GetBytes(_text.ToString())));

        public void Add(System.Type type)
        {
            _text.Append(type).Append(';');
            if (!_seen.Add(type))
                return;
            if (typeof(INHibernateProxy).IsAssignableFrom(type) || factory.TryGetEntityPersister(type.FullName) is not null)
                throw Refused(type, "which is an entity and belongs to the session that loaded it. Make the query cacheable instead, or return values");
            var info = InfoOf(type);
            if (info.Kind == JsonTypeInfoKind.Object && (info.Properties.Count == 0 || (type.IsAbstract && info.PolymorphismOptions is null)))
                throw Refused(type, info.Properties.Count == 0 ? "of which JSON shows nothing" : "of which it is not known what to create when it is read again");
            if (type == typeof(object))
                throw Refused(type, "of which it is not known what to create when it is read again");
            foreach (var property in info.Properties)
            {
                _text.Append(property.Name).Append(':');
                if (property.Get is not null)
                    Add(property.PropertyType);
            }
            foreach (var part in new[] { info.KeyType, info.ElementType, Nullable.GetUnderlyingType(type) }.OfType<System.Type>())
                Add(part);
        }

        private JsonTypeInfo InfoOf(System.Type type)
        {
            try
            {
                return s_json.GetTypeInfo(type);
            }
            catch (Exception exception) when (exception is NotSupportedException or InvalidOperationException or ArgumentException)
            {
                throw Refused(type, $"which JSON cannot hold ({exception.Message.TrimEnd('.')})");
            }
        }

        private NotSupportedException Refused(System.Type type, string why) =>
            new($"Results of type {root} cannot be cached: {(type == root ? "it is" : "they hold")} a {type}, {why}.");
    }
}
