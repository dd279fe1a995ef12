namespace NHibernate.Caches.Granular.Servers.PostgreSql;

/// <summary>The directory of a PostgreSQL installation's programs on this machine. Thread-safe: immutable.</summary>
internal sealed record Installation(string Directory)
{
    private static readonly string s_suffix = OperatingSystem.IsWindows() ? ".exe" : "";

    private static readonly string[] s_roots =
    [
        "/usr/lib/postgresql", "/usr/local/opt", "/opt/homebrew/opt", "/Applications/Postgres.app/Contents/Versions",
        @"C:\Program Files\PostgreSQL",
    ];

    public string InitDb => Program("initdb");

    public string Postgres => Program("postgres");

    /// <summary>The first one on PATH, else the newest in the places where packages put it; null when there is none.</summary>
    public static Installation? Find() => OnPath().Concat(InUsualPlaces()).FirstOrDefault(i => File.Exists(i.InitDb) && File.Exists(i.Postgres));

    private static IEnumerable<Installation> OnPath() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Select(d => new Installation(d));

    private static IEnumerable<Installation> InUsualPlaces() =>
        from root in s_roots
        where System.IO.Directory.Exists(root)
        from directory in System.IO.Directory.GetDirectories(root).OrderByDescending(Version)
        select new Installation(Path.Combine(directory, "bin"));

    // "15", "postgresql@16", "9.6": the number in the name; a directory without one comes last.
    private static double Version(string directory)
    {
        var digits = string.Concat(Path.GetFileName(directory).Where(c => char.IsAsciiDigit(c) || c == '.'));
        return double.TryParse(digits, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : 0;
    }

    private string Program(string name) => Path.Combine(Directory, name + s_suffix);
}
