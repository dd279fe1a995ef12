using System.Collections;
using System.Globalization;
using System.Text;
using NHibernate.Cache;
using NHibernate.Cache.Entry;
using NHibernate.Type;
using Newtonsoft.Json;
using Newtonsoft.Json.Serialization;

namespace NHibernate.Caches.Granular.Benchmarks.Payloads;

/// <summary>
/// A serializer equal to the JSON serializer of NHibernate.Caches in what it writes, for comparison: Json.NET with its settings, short
/// names of types and of the members that hold them, and the type beside each number or text that JSON would not tell apart. It is
/// written for this benchmark. Thread-safe.
/// </summary>
internal sealed class JsonPayloads : ISerializationBinder
{
    private static readonly Dictionary<System.Type, string> s_told = new()
    {
        [typeof(short)] = "s", [typeof(ushort)] = "us", [typeof(int)] = "i", [typeof(uint)] = "ui", [typeof(ulong)] = "ul", [typeof(sbyte)] = "sb", [typeof(byte)] = "b", [typeof(decimal)] = "d", [typeof(float)] = "f",
        [typeof(Guid)] = "g", [typeof(char)] = "c", [typeof(TimeSpan)] = "ts", [typeof(DateTimeOffset)] = "do", [typeof(byte[])] = "ba",
    };

    private static readonly Dictionary<System.Type, string> s_names = new(s_told)
    {
        [typeof(object[])] = "oa", [typeof(List<object>)] = "lo", [typeof(Hashtable)] = "ht", [typeof(CacheEntry)] = "ce", [typeof(CachedItem)] = "ci", [typeof(CollectionCacheEntry)] = "cc", [typeof(AnyType.ObjectTypeCacheEntry)] = "at",
    };

    private static readonly Dictionary<string, System.Type> s_types = s_names.ToDictionary(pair => pair.Value, pair => pair.Key);

    private readonly JsonSerializer _serializer;

    public JsonPayloads() => _serializer = JsonSerializer.Create(new JsonSerializerSettings
    {
        TypeNameHandling = TypeNameHandling.Auto,
        DateTimeZoneHandling = DateTimeZoneHandling.RoundtripKind,
        Formatting = Formatting.None,
        SerializationBinder = this,
        ContractResolver = new DefaultContractResolver(),
        Converters = [new Told()],
    });

    public byte[] Encode(object value)
    {
        using var text = new StringWriter(new StringBuilder(256), CultureInfo.InvariantCulture);
        using (var writer = new Writer(text))
            _serializer.Serialize(writer, value, typeof(object));
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    public object? Decode(byte[] bytes)
    {
        using var reader = new Reader(new StringReader(Encoding.UTF8.GetString(bytes)));
        return _serializer.Deserialize(reader);
    }

    public void BindToName(System.Type serializedType, out string? assemblyName, out string? typeName) => (assemblyName, typeName) = (null, s_names[serializedType]);

    public System.Type BindToType(string? assemblyName, string typeName) => s_types[typeName];

    private sealed class Told : JsonConverter
    {
        public override bool CanRead => false;

        public override bool CanConvert(System.Type objectType) => s_told.ContainsKey(objectType);

        public override object? ReadJson(JsonReader reader, System.Type objectType, object? existingValue, JsonSerializer serializer) => throw new NotSupportedException();

        public override void WriteJson(JsonWriter writer, object? value, JsonSerializer serializer)
        {
            writer.WriteStartObject();
            writer.WritePropertyName("$t");
            writer.WriteValue(s_told[value!.GetType()]);
            writer.WritePropertyName("$v");
            writer.WriteValue(value);
            writer.WriteEndObject();
        }
    }

    private sealed class Writer(TextWriter text) : JsonTextWriter(text)
    {
        public override void WritePropertyName(string name, bool escape) => base.WritePropertyName(
            name switch
            {
                "$type" => "$t",
                "$value" => "$v",
                "$values" => "$vs",
                _ => name,
            },
            escape);
    }

    private sealed class Reader(TextReader text) : JsonTextReader(text)
    {
        public override bool Read()
        {
            if (!base.Read())
                return false;
            var name = TokenType == JsonToken.PropertyName ? Value as string : null;
            if (name is "$t" or "$v" or "$vs")
                SetToken(JsonToken.PropertyName, name == "$t" ? "$type" : name == "$v" ? "$value" : "$values");
            return true;
        }
    }
}
