using System.Runtime.CompilerServices;
using NHibernate.Cache;
using NHibernate.Cfg;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Tests;

/// <summary>Objects among the options, which travel through a property that is a text.</summary>
public sealed class CarriersTests
{
    private const string Registration = "cache.granular.registration";

    [Test]
    public void Multiplexer_reaches_the_options()
    {
        using var multiplexer = NotConnected();
        var configuration = new Configuration().UseGranularCache(options => options.Redis.ConnectionMultiplexer = multiplexer);

        Assert.That(OptionsReader.Read(configuration.Properties).Redis.ConnectionMultiplexer, Is.SameAs(multiplexer));
        Assert.That(OptionsReader.Read(configuration.Properties).Redis.ConnectionMultiplexer, Is.SameAs(multiplexer), "a configuration builds any number of factories");
    }

    [Test]
    public void Copied_and_rewritten_properties_hold_it_too()
    {
        using var multiplexer = NotConnected();
        var configuration = new Configuration().UseGranularCache(options => options.Redis.ConnectionMultiplexer = multiplexer);
        var copy = new Configuration().SetProperties(new Dictionary<string, string>(configuration.Properties));
        var rewritten = configuration.Properties.ToDictionary(pair => pair.Key, pair => $" {pair.Value} ");

        Assert.That(OptionsReader.Read(copy.Properties).Redis.ConnectionMultiplexer, Is.SameAs(multiplexer));
        Assert.That(OptionsReader.Read(rewritten).Redis.ConnectionMultiplexer, Is.SameAs(multiplexer));
    }

    [Test]
    public void Later_call_that_does_not_mention_it_keeps_it_and_one_that_takes_it_away_does_so()
    {
        using var multiplexer = NotConnected();
        var configuration = new Configuration().UseGranularCache(options => options.Redis.ConnectionMultiplexer = multiplexer);
        var id = configuration.GetProperty(Registration);

        configuration.UseGranularCache(options => options.MaxRows = 5);
        Assert.That(configuration.GetProperty(Registration), Is.SameAs(id));
        configuration.UseGranularCache(options => options.Redis.ConnectionMultiplexer = null);
        Assert.That(configuration.Properties.Keys, Does.Not.Contain(Registration));
    }

    [Test]
    public void Objects_do_not_outlive_the_properties_that_name_them()
    {
        var id = RegisterAndForget();
        GC.Collect();
        Assert.That(Carriers.Find(id), Is.Null);
    }

    [Test]
    public void Multiplexer_beside_a_configuration_string_is_refused()
    {
        using var multiplexer = NotConnected();
        var configuration = new Configuration().UseGranularCache(options =>
        {
            options.Redis.ConnectionMultiplexer = multiplexer;
            options.Redis.Configuration = "localhost";
        });
        Assert.That(() => OptionsReader.Read(configuration.Properties), Throws.TypeOf<CacheException>().With.Message.EqualTo(
            "The granular cache cannot start. Property \"cache.configuration\" is set beside a connection multiplexer of your own (Redis.ConnectionMultiplexer); set one of them."));
    }

    [Test]
    public void Multiplexer_beside_what_would_open_one_is_refused()
    {
        using var multiplexer = NotConnected();
        var configuration = new Configuration().UseGranularCache(options =>
        {
            options.Redis.ConnectionMultiplexer = multiplexer;
            options.Redis.Connect = _ => multiplexer;
        });
        Assert.That(() => OptionsReader.Read(configuration.Properties), Throws.TypeOf<CacheException>().With.Message.EqualTo(
            "The granular cache cannot start. Property \"cache.granular.registration\" holds both a connection multiplexer and what would open one (Redis.ConnectionMultiplexer, Redis.Connect); set one of them."));
    }

    [Test]
    public void What_opens_a_multiplexer_needs_to_be_told_which()
    {
        var configuration = new Configuration().UseGranularCache(options => options.Redis.Connect = _ => throw new NotSupportedException());
        Assert.That(() => OptionsReader.Read(configuration.Properties), Throws.TypeOf<CacheException>().With.Message.EqualTo(
            "The granular cache cannot start. Property \"cache.configuration\" is not set, and Redis.Connect opens what it names; set it."));
    }

    // A method of its own, so that no local of the test keeps anything alive. What is returned is another string with the same text.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string RegisterAndForget()
    {
        var configuration = new Configuration().UseGranularCache(options => options.Redis.Connect = _ => throw new NotSupportedException());
        var id = new string(configuration.GetProperty(Registration).AsSpan());
        GC.Collect();
        Assert.That(Carriers.Find(id), Is.Not.Null);
        GC.KeepAlive(configuration);
        return id;
    }

    private static ConnectionMultiplexer NotConnected() => ConnectionMultiplexer.Connect("127.0.0.1:1,abortConnect=false,connectRetry=1,connectTimeout=50");
}
