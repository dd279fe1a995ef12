namespace NHibernate.Caches.Granular.Tests.Assumptions.Recording;

/// <summary>
/// What the recording doubles saw, in order. NHibernate makes some of them by name, so there is one journal per process, and
/// fixtures that use it do not run beside each other. Thread-safe.
/// </summary>
internal static class Journal
{
    private static readonly Lock s_lock = new();
    private static readonly List<(string Line, object? Subject)> s_entries = [];

    public static IReadOnlyList<string> Lines
    {
        get
        {
            lock (s_lock)
                return [.. s_entries.Select(entry => entry.Line)];
        }
    }

    /// <param name="line">What happened, in words that tests compare.</param>
    /// <param name="subject">The event, statement or the like, for tests that look closer.</param>
    public static void Write(string line, object? subject = null)
    {
        lock (s_lock)
            s_entries.Add((line, subject));
    }

    public static void Clear()
    {
        lock (s_lock)
            s_entries.Clear();
    }

    /// <summary>The lines that begin with any of these words, in order.</summary>
    public static string[] Of(params string[] beginnings) =>
        [.. Lines.Where(line => beginnings.Any(beginning => line.StartsWith(beginning, StringComparison.Ordinal)))];

    public static T[] All<T>()
    {
        lock (s_lock)
            return [.. s_entries.Select(entry => entry.Subject).OfType<T>()];
    }
}
