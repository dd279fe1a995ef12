using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Stores.Redis;

/// <summary>
/// What a script answered: a status; where it worked on stamps, also their epoch, sequence and generation; and what else it has to say.
/// Thread-safe: immutable.
/// </summary>
internal readonly struct RedisReply(RedisResult[] parts)
{
    private const int Common = 4;

    public string Status => (string)parts[0]!;

    /// <summary>Whether it worked on stamps.</summary>
    public bool IsOfStamps => parts.Length >= Common;

    public string Epoch => (string)parts[1]!;

    public long Sequence => long.Parse((string)parts[2]!, NumberStyles.None, CultureInfo.InvariantCulture);

    public string Generation => (string)parts[3]!;

    /// <summary>How many parts follow.</summary>
    public int Count => parts.Length - (IsOfStamps ? Common : 1);

    public string Text(int index) => (string)Part(index)!;

    public byte[] Bytes(int index) => (byte[])Part(index)!;

    private RedisResult Part(int index) => parts[index + (IsOfStamps ? Common : 1)];
}
