using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Tests.Stores;

// A writer of row 7, whose state is to be found under the row's key after its commit. Between its COMMIT and its publish others may do anything.
public abstract partial class StoreContractTests
{
    private static readonly NamedKey s_person7 = new("person 7");
    private static readonly Shape s_byId = new(s_people, ["id"], ColumnSet.Of(["city", "id", "name"]));
    private static readonly StampKey s_id7 = s_byId.Conjunction([ColumnValue.Integer(7)]);
    private static readonly StampKey s_id8 = s_byId.Conjunction([ColumnValue.Integer(8)]);

    [Test]
    public void Written_state_is_valid_after_its_publish([Values] bool isShapeKnown)
    {
        if (isShapeKnown)
            ReadPerson();
        var (token, before) = AnnounceWrite();
        Assert.That(PublishWritten(token, before), Is.EqualTo(RejectedPutReason.None));
        var read = ReadPerson();
        Assert.Multiple(() =>
        {
            Assert.That(read.Reason, Is.EqualTo(MissReason.None));
            Assert.That(read.Entry!.Payload, Is.EqualTo("written"));
        });
    }

    [Test]
    public void Written_state_is_found_at_once_by_whoever_wrote_it_asynchronously()
    {
        var (token, before) = AnnounceWrite();
        var rejected = Store.PublishAsync(Publication(token, before)).AsTask().GetAwaiter().GetResult();
        Assert.Multiple(() =>
        {
            Assert.That(rejected, Is.EqualTo(new[] { RejectedPutReason.None }));
            Assert.That(ReadPerson().Entry?.Payload, Is.EqualTo("written"));
        });
    }

    [Test]
    public void Written_state_takes_the_place_of_what_was_there()
    {
        Put(s_person7, ReadPerson().Sequence, "old");
        Assert.That(ReadPerson().Entry?.Payload, Is.EqualTo("old"));
        var (token, before) = AnnounceWrite();
        PublishWritten(token, before);
        Assert.That(ReadPerson().Entry?.Payload, Is.EqualTo("written"));
    }

    [Test]
    public void Written_state_is_outdated_by_the_next_change_of_its_row()
    {
        var (token, before) = AnnounceWrite();
        PublishWritten(token, before);
        var next = Token.Create();
        Announce(next, s_id7);
        Assert.That(ReadPerson().Reason, Is.EqualTo(MissReason.Locked));
        Publish(next, s_id7);
        Assert.That(ReadPerson().Reason, Is.EqualTo(MissReason.Invalidated));
    }

    [Test]
    public void Written_state_is_not_for_a_snapshot_from_before_its_commit()
    {
        ReadPerson();
        var snapshot = Store.Current;
        var (token, before) = AnnounceWrite();
        PublishWritten(token, before);
        Assert.That(ReadPerson(snapshot).Entry, Is.Null);
    }

    /// <summary>The other has committed and published after our COMMIT: the row is as it wrote it.</summary>
    [Test]
    public void Written_state_is_not_stored_when_another_has_published_its_row_since([Values] bool isShapeKnown)
    {
        if (isShapeKnown)
            ReadPerson();
        var (token, before) = AnnounceWrite();
        var other = Token.Create();
        Announce(other, s_id7);
        Publish(other, s_id7);
        AssertNotStored(token, before);
    }

    /// <summary>The other may have committed after our COMMIT, and is about to say so.</summary>
    [Test]
    public void Written_state_is_not_stored_while_another_holds_its_row([Values] bool isShapeKnown)
    {
        if (isShapeKnown)
            ReadPerson();
        var (token, before) = AnnounceWrite();
        var other = Token.Create();
        Announce(other, s_id7);
        AssertNotStored(token, before);
        Publish(other, s_id7);
        Assert.That(ReadPerson().Entry, Is.Null);
    }

    /// <summary>The other has announced before ours, without knowing that anybody asks for rows by their id.</summary>
    [Test]
    public void Written_state_is_not_stored_while_another_is_in_flight_that_does_not_know_its_shape()
    {
        var other = Token.Create();
        Announce(other, s_rome);
        var (token, before) = AnnounceWrite();
        AssertNotStored(token, before);
        Publish(other, s_rome);
        Assert.That(ReadPerson().Entry, Is.Null);
    }

    [TestCase("scope")]
    [TestCase("region")]
    [TestCase("table")]
    [TestCase("row")]
    public void Written_state_is_not_stored_when_something_of_it_was_moved_since(string what)
    {
        ReadPerson();
        var (token, before) = AnnounceWrite();
        if (what == "row")
            Store.Move(new ShapeUse(s_byId, [s_id7]));
        else
            Store.Move(what switch { "scope" => StampKey.Scope, "region" => s_region, _ => StampKey.Table(s_people) });
        AssertNotStored(token, before);
    }

    [Test]
    public void Written_state_is_stored_when_another_row_was_changed_since()
    {
        ReadPerson();
        var (token, before) = AnnounceWrite();
        var other = Token.Create();
        Announce(other, s_id8);
        Publish(other, s_id8);
        Assert.That(PublishWritten(token, before), Is.EqualTo(RejectedPutReason.None));
        Assert.That(ReadPerson().Entry?.Payload, Is.EqualTo("written"));
    }

    [Test]
    public void Written_state_is_not_stored_when_its_lease_has_ended([Values] bool isShapeKnown)
    {
        if (isShapeKnown)
            ReadPerson();
        var (token, before) = AnnounceWrite();
        LetLeaseEnd();
        AssertNotStored(token, before);
    }

    [Test]
    public void Written_state_is_not_stored_without_a_token()
    {
        ReadPerson();
        AssertNotStored(Token.Create(), Store.Current);
    }

    [Test]
    public void Written_state_of_an_unproven_commit_is_not_stored()
    {
        var (token, before) = AnnounceWrite();
        var rejected = Store.Publish(Publication(token, before) with { Proven = false });
        Assert.That(rejected, Is.EqualTo(new[] { RejectedPutReason.WrittenState }));
        LetLeaseEnd();
        Assert.That(ReadPerson().Entry, Is.Null);
    }

    [Test]
    public void Written_states_are_judged_one_by_one()
    {
        ReadPerson();
        var token = Token.Create();
        Announce(token, s_id7, s_id8);
        var before = Store.Current;
        var other = Token.Create();
        Announce(other, s_id8);
        var states = new[] { Written(new NamedKey("person 8"), s_id8, before), Written(s_person7, s_id7, before) };
        var rejected = Store.Publish(new Publication(token, Proven: true, [s_id7, s_id8], [s_people]) { Written = [.. states] });
        Assert.Multiple(() =>
        {
            Assert.That(rejected, Is.EqualTo(new[] { RejectedPutReason.WrittenState, RejectedPutReason.None }));
            Assert.That(ReadPerson().Entry?.Payload, Is.EqualTo("written"));
        });
    }

    /// <summary>What the store has learnt meanwhile from other calls makes the entry no younger than its publish.</summary>
    [Test]
    public void Written_state_is_as_old_as_its_publish()
    {
        ReadPerson();
        var (token, before) = AnnounceWrite();
        PublishWritten(token, before);
        var published = Store.Current;
        Store.Move(s_oslo);
        Assert.That(ReadPerson(published).Entry?.Payload, Is.EqualTo("written"));
    }

    private void AssertNotStored(Token token, Sequence before)
    {
        var rejected = PublishWritten(token, before);
        Assert.Multiple(() =>
        {
            Assert.That(rejected, Is.EqualTo(RejectedPutReason.WrittenState));
            Assert.That(ReadPerson().Entry, Is.Null);
        });
    }

    /// <summary>A transaction has written row 7, and is about to commit.</summary>
    private (Token Token, Sequence Before) AnnounceWrite()
    {
        var token = Token.Create();
        Assert.That(Announce(token, s_id7).Outcome, Is.EqualTo(AnnounceOutcome.Announced));
        return (token, Store.Current);
    }

    private RejectedPutReason PublishWritten(Token token, Sequence before) => Store.Publish(Publication(token, before))[0];

    private Publication Publication(Token token, Sequence before) => new(token, Proven: true, [s_id7], [s_people]) { Written = [Written(s_person7, s_id7, before)] };

    private WrittenState Written(NamedKey key, StampKey row, Sequence before) =>
        new(key, new CacheEntry("written", DependOn(s_byId, row), before, _harness.TimeToLive, IsSliding: false), "people");

    private ReadResult ReadPerson(Sequence? asOf = null) => Store.Read(s_person7, () => [s_byId], asOf);

    private void Put(NamedKey key, Sequence sequence, object payload) =>
        Store.Put(key, new CacheEntry(payload, DependOn(s_byId, s_id7), sequence, _harness.TimeToLive, IsSliding: false));
}
