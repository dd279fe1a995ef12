using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Tests.Stores;

public abstract partial class StoreContractTests
{
    [Test]
    public void Unknown_key_is_not_found_and_gives_a_sequence_to_put_with()
    {
        var result = Read();

        Assert.That(result.Entry, Is.Null);
        Assert.That(result.Reason, Is.EqualTo(MissReason.NotFound));
        Assert.That(result.Sequence, Is.GreaterThan(Sequence.None));
    }

    [Test]
    public void Second_execution_of_a_query_is_a_hit_also_when_its_shape_was_new()
    {
        Put(Read().Sequence, "the people");

        var result = Read();

        Assert.That(result.Reason, Is.EqualTo(MissReason.None));
        Assert.That(result.Entry!.Payload, Is.EqualTo("the people"));
    }

    [Test]
    public void Later_put_replaces_an_entry()
    {
        Cache("first");
        Put(Read().Sequence, "second");

        Assert.That(Read().Entry!.Payload, Is.EqualTo("second"));
    }

    [Test]
    public void Entry_without_a_sequence_is_not_put()
    {
        Put(Sequence.None);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.NotFound));
    }

    [Test]
    public void Removed_entry_is_not_found()
    {
        Cache();
        Store.Remove(s_peopleOfRome);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.NotFound));
    }

    [Test]
    public void Asynchronous_read_answers_as_the_synchronous_one()
    {
        Cache("the people");

        var result = Store.ReadAsync(s_peopleOfRome, () => [s_byCity], asOf: null, CancellationToken.None).AsTask().GetAwaiter().GetResult();

        Assert.That(result.Entry!.Payload, Is.EqualTo("the people"));
    }

    [Test]
    public void Entries_of_two_factories_are_apart_but_their_stamps_are_shared()
    {
        Cache();
        Assert.That(_harness.Neighbour.Read(s_peopleOfRome, () => [s_byCity], asOf: null).Reason, Is.EqualTo(MissReason.NotFound));

        var token = Token.Create();
        _harness.Neighbour.Announce(Announcement(token, s_rome));
        Assert.That(Read().Reason, Is.EqualTo(MissReason.Locked));
        _harness.Neighbour.Publish(new Publication(token, Proven: true, [s_rome], [s_people]));

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
    }

    [Test]
    public void Sequence_grows_with_every_publish_and_every_move()
    {
        var sequences = new List<Sequence> { Store.Current };
        for (var i = 0; i < 5; i++)
        {
            var token = Token.Create();
            Announce(token, s_rome);
            Publish(token, s_rome);
            sequences.Add(Store.Current);
            Store.Move(s_region);
            sequences.Add(Store.Current);
        }

        Assert.That(sequences, Is.Ordered.Ascending.And.Unique);
    }

    [Test]
    public void Moving_a_region_clears_its_entries_and_no_others()
    {
        Cache();
        Store.Move(StampKey.Region("orders"));
        Assert.That(Read().Reason, Is.EqualTo(MissReason.None));

        Store.Move(s_region);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
    }

    [Test]
    public void Moving_the_scope_clears_everything_at_every_factory()
    {
        Cache();
        _harness.Neighbour.Move(StampKey.Scope);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
    }

    [Test]
    public void Result_read_before_a_move_stays_invalid_when_it_is_put_after_it()
    {
        var before = Read().Sequence;
        Store.Move(s_region);
        Put(before);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
    }

    [Test]
    public void Snapshot_reader_hits_what_is_older_than_its_snapshot()
    {
        Cache();

        Assert.That(Read(asOf: Store.Current).Reason, Is.EqualTo(MissReason.None));
    }

    [Test]
    public void Snapshot_reader_gets_its_own_sequence_to_put_with()
    {
        var asOf = Store.Current;
        Store.Move(s_region);

        Assert.That(Read(asOf).Sequence, Is.EqualTo(asOf));
    }

    [Test]
    public void Snapshot_reader_misses_an_entry_that_is_newer_than_its_snapshot()
    {
        var asOf = Store.Current;
        var token = Token.Create();
        Announce(token, s_rome);
        Publish(token, s_rome);
        Cache();

        Assert.That(Read(asOf).Reason, Is.EqualTo(MissReason.NewerThanSnapshot));
    }

    [Test]
    public void Snapshot_reader_misses_an_entry_that_changed_after_its_snapshot()
    {
        Cache();
        var asOf = Store.Current;
        var token = Token.Create();
        Announce(token, s_rome);
        Publish(token, s_rome);

        Assert.That(Read(asOf).Reason, Is.EqualTo(MissReason.Invalidated));
    }

    [Test]
    public void What_a_snapshot_reader_puts_after_a_change_is_never_valid()
    {
        Read();
        var asOf = Store.Current;
        var token = Token.Create();
        Announce(token, s_rome);
        Publish(token, s_rome);

        Put(Read(asOf).Sequence);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
        Assert.That(Read(asOf).Reason, Is.EqualTo(MissReason.Invalidated));
    }
}
