namespace NHibernate.Caches.Granular.Serialization;

/// <summary>A type of the user's own that payloads may hold. Thread-safe if its delegates are, as they must be.</summary>
/// <param name="Name">What stands for it in the bytes.</param>
/// <param name="Type">The very type of its values.</param>
/// <param name="Write">Gives the bytes of a value.</param>
/// <param name="Read">Gives the value of bytes.</param>
internal sealed record RegisteredType(string Name, System.Type Type, Func<object, byte[]> Write, Func<byte[], object?> Read);
