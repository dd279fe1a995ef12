using System.Buffers;
using NHibernate.Cache;
using NHibernate.Caches.Granular.Serialization;
using ProtoBuf.Meta;

namespace NHibernate.Caches.Granular;

/// <summary>
/// Types of the user's own that may occur in what is cached, with the names that stand for them in the bytes which processes share:
/// what a user type disassembles to, an identifier of a struct's type. Without them such entries stay in their process. Faults are
/// reported together when the session factory is built. Not thread-safe: registered before that; what is registered is used by
/// many threads.
/// </summary>
public sealed class PayloadTypes
{
    private readonly List<Registration> _registrations = [];

    internal PayloadTypes()
    {
    }

    internal bool IsEmpty => _registrations.Count == 0;

    /// <summary>Values of this very type are written by their contract for protobuf-net.</summary>
    /// <typeparam name="T">Not a base class of the values' type: each type is registered for itself.</typeparam>
    /// <param name="name">
    /// Stands for the type in the bytes. Give another one when the contract changes so that bytes of before mean something else.
    /// </param>
    /// <returns>The same object.</returns>
    public PayloadTypes Register<T>(string name)
        where T : notnull
    {
        _registrations.Add(new Registration(name, typeof(T), null, null));
        return this;
    }

    /// <summary>Values of this very type are written and read by these delegates, on many threads at once.</summary>
    /// <typeparam name="T">Not a base class of the values' type: each type is registered for itself.</typeparam>
    /// <param name="name">Stands for the type in the bytes. Give another one when bytes of before would be read as something else.</param>
    /// <param name="write">Gives the bytes: the same for equal values. What it throws on is not shared.</param>
    /// <param name="read">Gives the value; what it throws makes the entry a miss. The bytes may be anything.</param>
    /// <returns>The same object.</returns>
    public PayloadTypes Register<T>(string name, Func<T, byte[]> write, Func<byte[], T> read)
        where T : notnull
    {
        ArgumentNullException.ThrowIfNull(write);
        ArgumentNullException.ThrowIfNull(read);
        _registrations.Add(new Registration(name, typeof(T), value => write((T)value), bytes => read(bytes)));
        return this;
    }

    /// <summary>What was registered, ready for use.</summary>
    /// <exception cref="CacheException">One or more registrations are at fault; the message lists all of them.</exception>
    internal IReadOnlyList<RegisteredType> Registered(RuntimeTypeModel model)
    {
        var registered = new List<RegisteredType>();
        var faults = new List<string>();
        foreach (var (name, type, write, read) in _registrations)
        {
            if (string.IsNullOrWhiteSpace(name))
                faults.Add($"The type {type} is registered for payloads without a name.");
            else if (registered.Find(other => other.Name == name) is { } named)
                faults.Add($"The name \"{name}\" is registered for payloads of {named.Type} and of {type}; give one of them another name.");
            else if (registered.Exists(other => other.Type == type))
                faults.Add($"The type {type} is registered for payloads twice, the second time as \"{name}\".");
            else if (BuiltInTypes.TryGetTag(type, out _))
                faults.Add($"The type {type} is registered for payloads as \"{name}\", but is carried without being registered.");
            else if (write is not null)
                registered.Add(new RegisteredType(name, type, write, read!));
            else if (WhyNoContract(model, type) is { } reason)
                faults.Add($"The type {type} is registered for payloads as \"{name}\", but has no contract for protobuf-net{reason}. Give its members [ProtoMember], or register it with delegates.");
            else
                registered.Add(new RegisteredType(name, type, value => ByContract(model, value), bytes => model.Deserialize(type, bytes.AsMemory())));
        }
        return faults.Count == 0 ? registered : throw new CacheException($"The granular cache cannot start. {string.Join(" ", faults)}");
    }

    private static string? WhyNoContract(RuntimeTypeModel model, System.Type type)
    {
        try
        {
            return ContractModel.TryAdd(model, type) ? null : "";
        }
#pragma warning disable CA1031 // Whatever protobuf-net throws is the reason.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return $" ({exception.Message.TrimEnd('.')})";
        }
    }

    private static byte[] ByContract(RuntimeTypeModel model, object value)
    {
        var output = new ArrayBufferWriter<byte>();
        model.Serialize(output, value);
        return output.WrittenSpan.ToArray();
    }

    private sealed record Registration(string Name, System.Type Type, Func<object, byte[]>? Write, Func<byte[], object?>? Read);
}
