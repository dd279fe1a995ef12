namespace NHibernate.Caches.Granular.Servers.Redis;

/// <summary>Where this machine has Redis. Thread-safe: stateless.</summary>
internal static class Installation
{
    private static readonly string s_program = OperatingSystem.IsWindows() ? "redis-server.exe" : "redis-server";

    private static readonly string[] s_usualPlaces = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin", "/opt/local/bin", @"C:\Program Files\Redis"];

    /// <summary>The command that installs it.</summary>
    public static string Command =>
        OperatingSystem.IsWindows() ? "wsl sudo apt-get install redis-server, and run the build there: Redis has no server for Windows"
        : OperatingSystem.IsMacOS() ? "brew install redis"
        : "apt-get install redis-server";

    /// <returns>The server's program: the first one on PATH, else in the places where packages put it; null when there is none.</returns>
    public static string? Find() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Concat(s_usualPlaces)
        .Select(directory => Path.Combine(directory, s_program)).FirstOrDefault(File.Exists);
}
