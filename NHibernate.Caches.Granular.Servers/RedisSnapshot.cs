namespace NHibernate.Caches.Granular.Servers;

/// <summary>
/// What a Redis server had in its memory at one moment, in its own file format; to start a server from it later, when the true
/// state has gone on. Thread-safe: immutable.
/// </summary>
public sealed class RedisSnapshot
{
    internal const string FileName = "dump.rdb";

    private readonly byte[] _content;

    private RedisSnapshot(byte[] content) => _content = content;

    internal static RedisSnapshot From(string directory) => new(File.ReadAllBytes(Path.Combine(directory, FileName)));

    internal void CopyTo(string directory) => File.WriteAllBytes(Path.Combine(directory, FileName), _content);
}
