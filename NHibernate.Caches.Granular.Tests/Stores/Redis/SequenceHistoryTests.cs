using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores.InProcess;
using NHibernate.Caches.Granular.Stores.Redis;

namespace NHibernate.Caches.Granular.Tests.Stores.Redis;

public sealed class SequenceHistoryTests
{
    private SequenceHistory _history = null!;

    [SetUp]
    public void Begin() => _history = new SequenceHistory();

    [Test]
    public void Nothing_was_known_before_the_first_answer()
    {
        var before = InProcessSequence.Next();
        Assert.That(_history.At(before), Is.Null);
        _history.Learn("life", 5);

        Assert.That(_history.At(before), Is.Null);
        Assert.That(_history.At(InProcessSequence.Current), Is.EqualTo(new RemoteSequence("life", 5)));
    }

    [Test]
    public void Moment_stands_for_what_was_known_then_and_not_later()
    {
        _history.Learn("life", 5);
        var moment = InProcessSequence.Current;
        _history.Learn("life", 9);

        Assert.That(_history.At(moment), Is.EqualTo(new RemoteSequence("life", 5)));
        Assert.That(_history.At(InProcessSequence.Current), Is.EqualTo(new RemoteSequence("life", 9)));
    }

    [Test]
    public void Answers_out_of_order_do_not_make_it_go_back()
    {
        _history.Learn("life", 9);
        _history.Learn("life", 5);

        Assert.That(_history.At(InProcessSequence.Current), Is.EqualTo(new RemoteSequence("life", 9)));
    }

    [Test]
    public void Another_life_begins_with_its_own_numbers()
    {
        _history.Learn("life", 9);
        _history.Learn("after", 1);

        Assert.That(_history.At(InProcessSequence.Current), Is.EqualTo(new RemoteSequence("after", 1)));
    }

    [Test]
    public void What_is_too_long_ago_is_forgotten_and_never_mistaken()
    {
        var moments = new List<Sequence>();
        for (var i = 1; i <= 10_000; i++)
        {
            _history.Learn("life", i);
            moments.Add(InProcessSequence.Current);
        }

        Assert.That(_history.At(moments[0]), Is.Null);
        for (var i = 1; i <= moments.Count; i++)
            Assert.That(_history.At(moments[i - 1]), Is.Null.Or.EqualTo(new RemoteSequence("life", i)));
        Assert.That(moments.Count(moment => _history.At(moment) is not null), Is.InRange(3_000, 4_096));
    }
}
