namespace NHibernate.Caches.Granular.Servers;

/// <summary>
/// One value of the Redis protocol. Bytes are characters of the same number, so that whatever is binary comes through unharmed.
/// Thread-safe: immutable.
/// </summary>
/// <param name="Kind">The protocol's first byte of it: <c>+</c>, <c>-</c>, <c>:</c>, <c>$</c>, <c>*</c> and so on.</param>
/// <param name="Text">Null for nothing, and for what has items.</param>
public sealed record RedisReply(char Kind, string? Text, IReadOnlyList<RedisReply> Items)
{
    /// <summary>The text; of what has items, theirs with commas between them.</summary>
    public override string ToString() => Text ?? string.Join(",", Items);
}
