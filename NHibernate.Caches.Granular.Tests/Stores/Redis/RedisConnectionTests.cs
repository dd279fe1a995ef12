using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NHibernate.Caches.Granular.Servers;
using NHibernate.Caches.Granular.Tests.Blog;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Tests.Stores.Redis;

/// <summary>The ways to a server that a configuration string can name: two nodes share a result and hear of each other's commits over each of them.</summary>
[Platform(Exclude = "Win", Reason = "Redis has no server for Windows")]
public sealed class RedisConnectionTests : NodesFixture
{
    [Test]
    public async Task Socket_of_the_machine()
    {
        var directory = Directory.CreateTempSubdirectory("granular-socket-");
        var socket = Path.Combine(directory.FullName, "redis.sock");
        await using var server = await LocalRedisServer.StartAsync("--unixsocket", socket);
        AssertShares(() => NewNode("!" + socket));
        CloseNodes();
        directory.Delete(recursive: true);
    }

    [Test]
    public async Task User_of_the_access_control_list_with_the_permissions_of_the_documentation()
    {
        await using var server = await LocalRedisServer.StartAsync();
        string[] permissions = ["~shop:granular:*", "-@all", "+eval", "+evalsha", "+script|load", "+time", "+info", "+@hash", "+get", "+getrange", "+set", "+setrange", "+del", "+rename", "+pexpire", "+sadd", "+smembers", "+ping", "+echo", "+select"];
        await server.ExecuteAsync(["ACL", "SETUSER", "shop", "on", ">secret", .. permissions]);
        AssertShares(() => NewNode($"{server.ConnectionString},user=shop,password=secret", ("cache.key_prefix", "shop:")));
        Assert.That(permissions, Is.SubsetOf(DocumentedPermissions()));
    }

    [Test]
    public async Task Encrypted_connection()
    {
        var directory = Directory.CreateTempSubdirectory("granular-tls-");
        var (certificate, key) = (Path.Combine(directory.FullName, "redis.crt"), Path.Combine(directory.FullName, "redis.key"));
        using var own = Certificate(certificate, key);
        var port = FreePort();
        await using var server = await LocalRedisServer.StartAsync("--tls-port", port.ToString(CultureInfo.InvariantCulture), "--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", certificate, "--tls-auth-clients", "no");
        AssertShares(() => NewNode(configuration => configuration.UseGranularCache(options =>
        {
            options.Redis.Configuration = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port},ssl=true");
            options.Redis.Connect = settings =>
            {
                settings.CertificateValidation += (_, presented, _, _) => presented?.GetCertHashString() == own.GetCertHashString();
                return ConnectionMultiplexer.Connect(settings);
            };
        })));
        CloseNodes();
        directory.Delete(recursive: true);
    }

    private static void AssertShares(Func<ISessionFactory> node)
    {
        var (first, second) = (node(), node());
        Run(first, Titles);
        Run(first, Titles);
        Assert.That(Run(second, Titles), Has.Count.EqualTo(3));
        Assert.That(second.Statistics.QueryCacheHitCount, Is.EqualTo(1), "what one has cached is a hit for the other");
        Run(first, session => session.Get<Post>(1).Title = "changed");
        Assert.That(Run(second, Titles), Does.Contain("changed"));
    }

    private static IList<string> Titles(ISession session) => session.CreateQuery("select p.Title from Post p").SetCacheable(true).List<string>();

    private static string[] DocumentedPermissions() =>
        [.. Documentation.DocumentPage.Read("docs/configuration.md").Text.Split(['\n', ' ', '\\'], StringSplitOptions.RemoveEmptyEntries).Select(word => word.Replace("~PREFIXgranular:*", "~shop:granular:*", StringComparison.Ordinal))];

    private static X509Certificate2 Certificate(string certificate, string key)
    {
        using var rsa = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(certificate, made.ExportCertificatePem());
        File.WriteAllText(key, rsa.ExportPkcs8PrivateKeyPem());
        return made;
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
