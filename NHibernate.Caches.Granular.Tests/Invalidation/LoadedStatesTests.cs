using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Tests.Invalidation;

public sealed class LoadedStatesTests
{
    private LoadedStates _states = null!;

    [SetUp]
    public void Begin() => _states = new LoadedStates();

    [Test]
    public void Each_state_keeps_the_sequence_it_was_noted_with()
    {
        object?[] first = [1], second = [2], third = [3];
        _states.Note(first, new Sequence(7));
        _states.Note(second, new Sequence(7));
        _states.Note(third, new Sequence(9));
        Assert.That(new[] { first, second, third }.Select(_states.Find), Is.EqualTo(new Sequence?[] { new(7), new(7), new(9) }));
    }

    [Test]
    public void State_noted_again_has_the_later_sequence()
    {
        object?[] state = [1];
        _states.Note(state, new Sequence(7));
        Assert.That(_states.Find(state), Is.EqualTo(new Sequence(7)));
        _states.Note(state, new Sequence(9));
        Assert.That(_states.Find(state), Is.EqualTo(new Sequence(9)));
    }

    [Test]
    public void Equal_values_in_another_array_were_not_loaded()
    {
        _states.Note([1], new Sequence(7));
        Assert.That(_states.Find([1]), Is.Null);
    }

    [Test]
    public void Nothing_noted_finds_nothing() => Assert.That(_states.Find([]), Is.Null);
}
