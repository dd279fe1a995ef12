using ProtoBuf;

namespace NHibernate.Caches.Granular.Tests.Serialization.Zoo;

/// <summary>A value of the user's own, with a contract. Thread-safe: immutable.</summary>
[ProtoContract]
public sealed record Money([property: ProtoMember(1)] decimal Amount, [property: ProtoMember(2)] string Currency)
{
    // For protobuf-net; what is not written must not be read as something.
    private Money()
        : this(-1, "none")
    {
    }
}
