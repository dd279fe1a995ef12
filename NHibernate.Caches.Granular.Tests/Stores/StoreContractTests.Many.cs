using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Tests.Stores;

/// <summary>Several look-ups together: each is answered as it would be alone.</summary>
public abstract partial class StoreContractTests
{
    private static readonly NamedKey s_adults = new("adults");
    private static readonly NamedKey s_nobody = new("nobody");
    private static readonly StampKey s_aged18 = s_byAge.Conjunction([ColumnValue.Integer(18)]);

    [Test]
    public void Look_ups_together_are_answered_one_by_one_in_their_order([Values] bool isAsync)
    {
        CacheThree();
        Change(s_oslo);

        var results = ReadThreeAndNobody(isAsync);

        Assert.That(results.Select(result => result.Reason), Is.EqualTo(new[] { MissReason.NotFound, MissReason.None, MissReason.Invalidated, MissReason.None }));
        Assert.That(results.Select(result => result.Entry?.Payload), Is.EqualTo(new object?[] { null, "in Rome", null, "of age" }));
    }

    [Test]
    public void Look_ups_together_see_what_is_locked([Values] bool isAsync)
    {
        CacheThree();
        Announce(Token.Create(), s_oslo);

        Assert.That(ReadThreeAndNobody(isAsync).Select(result => result.Reason), Is.EqualTo(new[] { MissReason.NotFound, MissReason.None, MissReason.Locked, MissReason.None }));
    }

    [Test]
    public void Look_ups_together_notice_a_lease_that_has_ended_also_for_those_after_it()
    {
        CacheThree();
        Announce(Token.Create(), s_rome, s_aged18);
        LetLeaseEnd();

        Assert.That(ReadThreeAndNobody().Select(result => result.Reason), Is.EqualTo(new[] { MissReason.NotFound, MissReason.Invalidated, MissReason.None, MissReason.Invalidated }));
    }

    [Test]
    public void Shapes_of_all_that_missed_together_are_registered_first([Values] bool isAsync)
    {
        var results = ReadThreeAndNobody(isAsync);
        Put(s_peopleOfRome, results[1].Sequence, DependOnRome(), "in Rome");
        Put(s_adults, results[3].Sequence, DependOn(s_byAge, s_aged18), "of age");

        Assert.That(ReadThreeAndNobody(isAsync).Select(result => result.Entry?.Payload), Is.EqualTo(new object?[] { null, "in Rome", null, "of age" }));
        Assert.That(_harness.ShapesOf(Store, s_people).Shapes, Is.SupersetOf(new[] { s_byCity, s_byAge }));
    }

    [Test]
    public void Result_of_one_that_missed_together_with_hits_is_not_valid_after_a_change()
    {
        CacheThree();
        Change(s_oslo);
        var missed = ReadThreeAndNobody()[2].Sequence;
        Change(s_oslo);
        Put(s_peopleOfOslo, missed, DependOn(s_byCity, s_oslo), "in Oslo");

        Assert.That(ReadThreeAndNobody()[2].Reason, Is.EqualTo(MissReason.Invalidated));
    }

    [Test]
    public void Snapshot_reader_gets_together_what_is_not_newer_than_its_snapshot([Values] bool isAsync)
    {
        CacheThree();
        var asOf = Store.Current;
        Change(s_oslo);
        Put(s_peopleOfOslo, Read().Sequence, DependOn(s_byCity, s_oslo), "in Oslo");

        var results = ReadThreeAndNobody(isAsync, asOf);

        Assert.That(results.Select(result => result.Reason), Is.EqualTo(new[] { MissReason.NotFound, MissReason.None, MissReason.NewerThanSnapshot, MissReason.None }));
        Assert.That(results.Select(result => result.Sequence), Is.All.EqualTo(asOf));
    }

    [Test]
    public void One_key_may_be_looked_up_twice_at_once()
    {
        Cache("the people");

        Assert.That(Store.ReadMany([Of(s_peopleOfRome), Of(s_peopleOfRome)], asOf: null).Select(result => result.Entry?.Payload), Is.All.EqualTo("the people"));
    }

    [Test]
    public void Nothing_looked_up_is_answered_with_nothing([Values] bool isAsync) => Assert.That(ReadMany(isAsync, null), Is.Empty);

    [Test]
    public void Any_number_of_look_ups_is_answered()
    {
        const int Count = 501;
        var sequence = Read().Sequence;
        NamedKey[] keys = [.. Enumerable.Range(0, Count).Select(i => new NamedKey($"people {i}"))];
        foreach (var key in keys.Where((_, i) => i % 3 != 0))
            Put(key, sequence, DependOnRome(), key.ToString());

        var results = ReadMany(false, null, [.. keys.Select(key => Of(key))]);

        Assert.That(results.Select(result => result.Entry?.Payload), Is.EqualTo(keys.Select((key, i) => i % 3 == 0 ? null : key.ToString())));
    }

    [Test]
    public void Long_entries_are_answered_together_all_of_them([Values] bool isAsync)
    {
        NamedKey[] keys = [.. Enumerable.Range(0, 7).Select(i => new NamedKey($"people {i}"))];
        var sequence = Read().Sequence;
        for (var i = 0; i < keys.Length; i++)
            Put(keys[i], sequence, DependOnRome(), new string((char)('a' + i), 1_500_000));

        var results = ReadMany(isAsync, null, [.. keys.Select(key => Of(key)), Of(s_nobody)]);

        Assert.That(results.Select(result => (result.Entry?.Payload as string)?[0]), Is.EqualTo(new char?[] { 'a', 'b', 'c', 'd', 'e', 'f', 'g', null }));
    }

    private void CacheThree()
    {
        var sequence = ReadThreeAndNobody()[0].Sequence;
        Put(s_peopleOfRome, sequence, DependOnRome(), "in Rome");
        Put(s_peopleOfOslo, sequence, DependOn(s_byCity, s_oslo), "in Oslo");
        Put(s_adults, sequence, DependOn(s_byAge, s_aged18), "of age");
        Assert.That(ReadThreeAndNobody().Select(result => result.Reason), Is.EqualTo(new[] { MissReason.NotFound, MissReason.None, MissReason.None, MissReason.None }), "the scene needs cached results");
    }

    private void Change(StampKey key)
    {
        var token = Token.Create();
        Announce(token, key);
        Publish(token, key);
    }

    private ReadResult[] ReadThreeAndNobody(bool isAsync = false, Sequence? asOf = null) =>
        ReadMany(isAsync, asOf, Of(s_nobody), Of(s_peopleOfRome), Of(s_peopleOfOslo), Of(s_adults, s_byAge));

    private ReadResult[] ReadMany(bool isAsync, Sequence? asOf, params LookUp[] lookUps) =>
        isAsync ? Store.ReadManyAsync(lookUps, asOf, CancellationToken.None).AsTask().GetAwaiter().GetResult() : Store.ReadMany(lookUps, asOf);

    private static LookUp Of(NamedKey key, params Shape[] shapes) => new(key, () => shapes.Length == 0 ? [s_byCity] : [.. shapes]);

    private void Put(NamedKey key, Sequence sequence, Dependencies dependencies, object payload) =>
        Store.Put(key, new CacheEntry(payload, dependencies, sequence, _harness.TimeToLive, IsSliding: false));
}
