using System.Text;
using Microsoft.Extensions.Configuration;
using NHibernate.Caches.Granular.Hosting;

namespace NHibernate.Caches.Granular.Tests.Documentation;

/// <summary>The page about hosting shows a section that is understood.</summary>
public sealed class HostingPageTests
{
    [Test]
    public void Section_that_is_shown_is_understood()
    {
        using var json = new MemoryStream(Encoding.UTF8.GetBytes(DocumentPage.Read("docs/hosting.md").Blocks("json").Single()));

        var options = OptionsReader.Read(SectionReader.Read(new ConfigurationBuilder().AddJsonStream(json).Build().GetSection("Granular")).ToDictionary());

        Assert.That((options.Expiration, options.MaxEntries), Is.EqualTo((TimeSpan.FromMinutes(1), 50_000)));
        Assert.That((options.Redis.KeyPrefix, options.Redis.FailurePolicy), Is.EqualTo(("shop:", FailurePolicy.Strict)));
        Assert.That((options.Profiles.ByPattern["Shop.*"].Operations, options.Profiles.ByPattern["Shop.*"].SingleFlight), Is.EqualTo(((CachedOperations?)(CachedOperations.Get | CachedOperations.Fetch), (SingleFlight?)SingleFlight.Process)));
        Assert.That(options.Profiles.ByPattern["Shop.Secret"].Forbidden, Is.True);
        Assert.That((options.Regions["Shop.Product"].Expiration, options.Regions["Shop.Product"].UseSlidingExpiration), Is.EqualTo(((TimeSpan?)TimeSpan.FromMinutes(20), (bool?)true)));
    }
}
