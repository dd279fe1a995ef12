namespace NHibernate.Caches.Granular.Stores.Redis;

/// <summary>
/// One of the scripts, put together from the files in <c>Scripts/</c>, each of which says in words what it does. The client sends a text once
/// and its hash from then on. Thread-safe: immutable.
/// </summary>
internal sealed class RedisScript
{
    public static readonly RedisScript Read = Of("clock", "stamps", "judge", "entry", "read");
    public static readonly RedisScript Fetch = Of("clock", "entry", "fetch");
    public static readonly RedisScript Peek = Of("clock", "entry", "peek");
    public static readonly RedisScript Verdict = Of("clock", "stamps", "judge", "verdict");
    public static readonly RedisScript Put = Of("clock", "entry", "put");
    public static readonly RedisScript Lead = Of("clock", "lead");
    public static readonly RedisScript Leave = Of("clock", "leave");
    public static readonly RedisScript Register = Of("clock", "stamps", "register");
    public static readonly RedisScript Announce = Telling("clock", "stamps", "announce");
    public static readonly RedisScript Publish = Telling("clock", "stamps", "publish");
    public static readonly RedisScript Move = Telling("clock", "stamps", "move");
    public static readonly RedisScript Settle = Telling("clock", "stamps", "settle");
    public static readonly RedisScript Join = Of("clock", "stamps", "join");

    private RedisScript(string name, string text, bool tells) => (Name, Text, Tells) = (name, text, tells);

    /// <summary>For messages.</summary>
    public string Name { get; }

    public string Text { get; }

    /// <summary>Whether it tells the other nodes of a change.</summary>
    public bool Tells { get; }

    private static RedisScript Of(params ReadOnlySpan<string> files) => Of(files, tells: false);

    private static RedisScript Telling(params ReadOnlySpan<string> files) => Of(files, tells: true);

    private static RedisScript Of(ReadOnlySpan<string> files, bool tells)
    {
        var texts = new List<string>();
        foreach (var file in files)
            texts.Add(TextOf(file));
        return new RedisScript(files[^1], string.Join('\n', texts), tells);
    }

    private static string TextOf(string file)
    {
        var type = typeof(RedisScript);
        using var stream = type.Assembly.GetManifestResourceStream($"{type.Namespace}.Scripts.{file}.lua")
            ?? throw new InvalidOperationException($"The script {file}.lua is not in the library.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
