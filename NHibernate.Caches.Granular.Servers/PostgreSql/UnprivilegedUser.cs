namespace NHibernate.Caches.Granular.Servers.PostgreSql;

/// <summary>PostgreSQL refuses to run as root; this says how to run a program as the user that its packages create.</summary>
internal static class UnprivilegedUser
{
    public const string Name = "postgres";

    /// <summary>Whether programs must be run as another user than ours.</summary>
    public static bool IsNeeded => !OperatingSystem.IsWindows() && Environment.UserName == "root";

    /// <returns>The command line that runs <paramref name="command"/> as that user; the command itself when that is not needed.</returns>
    /// <exception cref="InvalidOperationException">No program that changes the user is installed.</exception>
    public static string[] Command(params string[] command)
    {
        if (!IsNeeded)
            return command;
        if (OnPath("setpriv") is { } setpriv)
            return [setpriv, $"--reuid={Name}", $"--regid={Name}", "--init-groups", .. command];
        if (OnPath("runuser") is { } runuser)
            return [runuser, "-u", Name, "--", .. command];
        if (OnPath("su") is { } su)
            return [su, Name, "-s", "/bin/sh", "-c", "exec \"$0\" \"$@\"", "--", .. command];
        throw new InvalidOperationException("PostgreSQL does not run as root, and none of setpriv, runuser and su is installed: apt-get install util-linux, or run as another user.");
    }

    private static string? OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/sbin")
        .Select(d => Path.Combine(d, program)).FirstOrDefault(File.Exists);
}
