using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Tests.Stores;

public abstract partial class StoreContractTests
{
    [Test]
    public void Entry_expires_when_its_time_to_live_has_passed()
    {
        Cache();
        _harness.Pass(_harness.TimeToLive / 2);
        Assert.That(Read().Reason, Is.EqualTo(MissReason.None));

        _harness.Pass(_harness.TimeToLive / 2);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Expired));
    }

    [Test]
    public void Hits_do_not_renew_an_absolute_time_to_live()
    {
        Cache();
        for (var i = 0; i < 4; i++)
        {
            _harness.Pass(_harness.TimeToLive / 4);
            Read();
        }

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Expired));
    }

    [Test]
    public void Hits_renew_a_sliding_time_to_live()
    {
        PutSliding(_harness.TimeToLive);
        for (var i = 0; i < 4; i++)
        {
            _harness.Pass(_harness.TimeToLive / 2);
            Assert.That(Read().Reason, Is.EqualTo(MissReason.None));
        }

        _harness.Pass(_harness.TimeToLive);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Expired));
    }

    [Test]
    public void Sliding_entry_does_not_outlive_the_maximum()
    {
        PutSliding(_harness.TimeToLive);
        var hits = 0;
        for (var passed = TimeSpan.Zero; passed < _harness.MaxTimeToLive; passed += _harness.TimeToLive / 2)
        {
            hits += Read().Entry is null ? 0 : 1;
            _harness.Pass(_harness.TimeToLive / 2);
        }

        Assert.That(hits, Is.GreaterThanOrEqualTo(4), "it was kept alive until then");
        Assert.That(Read().Reason, Is.EqualTo(MissReason.Expired));
    }

    [Test]
    public void Time_to_live_is_cut_to_the_maximum([Values] bool isSliding)
    {
        Put(isSliding, _harness.MaxTimeToLive * 10);
        _harness.Pass(_harness.MaxTimeToLive);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Expired));
    }

    [Test]
    public void Unbounded_time_to_live_is_cut_to_the_maximum([Values] bool isSliding)
    {
        Put(isSliding, TimeSpan.MaxValue);
        Assert.That(Read().Reason, Is.EqualTo(MissReason.None));
        _harness.Pass(_harness.MaxTimeToLive);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Expired));
    }

    [Test]
    public void Entry_without_time_to_live_is_not_kept()
    {
        Put(isSliding: false, TimeSpan.Zero);

        Assert.That(Read().Entry, Is.Null);
    }

    private void PutSliding(TimeSpan timeToLive) => Put(isSliding: true, timeToLive);

    private void Put(bool isSliding, TimeSpan timeToLive) =>
        Store.Put(s_peopleOfRome, new CacheEntry("result", DependOnRome(), Read().Sequence, timeToLive, isSliding));
}
