using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Tests.Invalidation;

public sealed class LoadedStatesTests
{
    private LoadedStates _states = null!;

    private static LoadedAt At(long sequence) => new(new Sequence(sequence), 0);

    [SetUp]
    public void Begin() => _states = new LoadedStates();

    [Test]
    public void Each_state_keeps_the_sequence_it_was_noted_with()
    {
        object?[] first = [1], second = [2], third = [3];
        _states.Note(first, At(7));
        _states.Note(second, At(7));
        _states.Note(third, At(9));
        Assert.That(new[] { first, second, third }.Select(_states.Find), Is.EqualTo(new LoadedAt?[] { At(7), At(7), At(9) }));
    }

    [Test]
    public void State_noted_again_has_the_later_sequence()
    {
        object?[] state = [1];
        _states.Note(state, At(7));
        Assert.That(_states.Find(state), Is.EqualTo(At(7)));
        _states.Note(state, At(9));
        Assert.That(_states.Find(state), Is.EqualTo(At(9)));
    }

    [Test]
    public void Equal_values_in_another_array_were_not_loaded()
    {
        _states.Note(new object?[] { 1 }, At(7));
        Assert.That(_states.Find(new object?[] { 1 }), Is.Null);
    }

    [Test]
    public void Cleared_states_are_forgotten_indexed_or_not()
    {
        object?[] first = [1], second = [2];
        _states.Note(first, At(7));
        _states.Find(first);
        _states.Note(second, At(7));
        _states.Clear();
        Assert.That(new[] { first, second }.Select(_states.Find), Is.All.Null);
    }

    [Test]
    public void States_that_are_held_survive_any_number_of_others()
    {
        object?[] noted = [1], indexed = [2];
        var sweeps = 0;
        _states.Note(indexed, At(7));
        _states.Find(indexed);
        _states.Note(noted, At(9));
        for (var i = 0; i < 10_000; i++)
        {
            if (_states.IsFull)
            {
                sweeps++;
                _states.Sweep([noted, indexed]);
            }
            _states.Note(new object?[] { i }, At(9));
        }
        Assert.That(sweeps, Is.Positive);
        Assert.That(new[] { indexed, noted }.Select(_states.Find), Is.EqualTo(new LoadedAt?[] { At(7), At(9) }));
    }

    [Test]
    public void Nothing_noted_finds_nothing() => Assert.That(_states.Find(Array.Empty<object>()), Is.Null);
}
