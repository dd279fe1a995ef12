using StackExchange.Redis;

namespace NHibernate.Caches.Granular;

/// <summary>
/// The address of one server as a URL, as platforms hand it out: <c>redis://user:password@host:6379/0</c>, <c>rediss</c> over TLS. A password is
/// in it as it is, or escaped. Thread-safe: stateless.
/// </summary>
internal static class RedisUrl
{
    private const string Plain = "redis";
    private const string Encrypted = "rediss";

    /// <summary>The settings that a configuration string or a URL says.</summary>
    /// <exception cref="ArgumentException">It cannot be understood; the message does not show a password.</exception>
    public static ConfigurationOptions ParseAny(string text) => Is(text) ? Parse(text) : ConfigurationOptions.Parse(text);

    public static bool Is(string text) => Is(text, Plain) || Is(text, Encrypted);

    private static bool Is(string text, string scheme) => text.StartsWith(scheme + "://", StringComparison.OrdinalIgnoreCase);

    private static ConfigurationOptions Parse(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Host.Length == 0 || url.Query.Length > 0 || url.Fragment.Length > 0)
            throw new ArgumentException("it is no URL such as redis://user:password@host:6379/0, without anything behind the database");
        var settings = new ConfigurationOptions { Ssl = Is(text, Encrypted) };
        settings.EndPoints.Add(url.Host, url.Port < 0 ? 6379 : url.Port);
        if (settings.Ssl)
            settings.SslHost = url.Host;
        if (url.AbsolutePath.Trim('/') is { Length: > 0 } database)
            settings.DefaultDatabase = int.TryParse(database, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new ArgumentException("what stands behind the server is no number of a database");
        // Before the first colon: a password may have others.
        var user = url.UserInfo.Split(':', 2);
        settings.User = user[0].Length > 0 && user.Length == 2 ? Uri.UnescapeDataString(user[0]) : null;
        settings.Password = url.UserInfo.Length > 0 ? Uri.UnescapeDataString(user[^1]) : null;
        return settings;
    }
}
