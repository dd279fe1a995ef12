using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Tests.Stores;

public abstract partial class StoreContractTests
{
    [Test]
    public void Addition_to_a_lease_that_has_ended_locks_nothing_and_says_so()
    {
        Cache();
        var token = Token.Create();
        Announce(token, s_rome);
        Assert.That(Store.Announce(Announcement(token, s_oslo) with { IsAddition = true }).Outcome, Is.EqualTo(AnnounceOutcome.Announced));
        LetLeaseEnd();
        Assert.That(Store.Announce(Announcement(token, s_oslo) with { IsAddition = true }).Outcome, Is.EqualTo(AnnounceOutcome.Lapsed));
        Cache();
        Announce(token, s_rome, s_oslo);
        Assert.That(Read().Reason, Is.EqualTo(MissReason.Locked), "everything is announced again");
    }

    [Test]
    public void Announce_hides_an_entry_and_publish_invalidates_it()
    {
        Cache();
        var token = Token.Create();

        Assert.That(Announce(token, s_rome).Outcome, Is.EqualTo(AnnounceOutcome.Announced));
        Assert.That(Read().Reason, Is.EqualTo(MissReason.Locked));
        Publish(token, s_rome);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
    }

    [Test]
    public void Change_of_another_conjunction_keeps_the_entry()
    {
        Cache();
        var token = Token.Create();

        Announce(token, s_oslo);
        Assert.That(Read().Reason, Is.EqualTo(MissReason.None));
        Publish(token, s_oslo);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.None));
    }

    [Test]
    public void Result_read_before_a_publish_is_never_valid_after_it([Values] bool readAfterAnnounce)
    {
        var token = Token.Create();
        Read();
        var early = Store.Current;
        Announce(token, s_rome);
        var late = Read().Sequence;
        Publish(token, s_rome);

        Put(readAfterAnnounce ? late : early);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
    }

    [Test]
    public void Result_put_under_a_lock_is_hidden_until_the_publish_invalidates_it()
    {
        var token = Token.Create();
        Read();
        Announce(token, s_rome);
        Put(Read().Sequence);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Locked));
        Publish(token, s_rome);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
    }

    [Test]
    public void Result_read_after_a_publish_is_valid()
    {
        var token = Token.Create();
        Announce(token, s_rome);
        Publish(token, s_rome);

        Cache();
    }

    [Test]
    public void Unproven_publish_moves_at_once_and_keeps_its_locks_to_the_end_of_the_lease()
    {
        Cache();
        var token = Token.Create();
        Announce(token, s_rome);
        PublishUnproven(token, s_rome);
        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));

        // The commit may land at any time from here, so what is read meanwhile must not survive the lease.
        Put(Read().Sequence);
        Assert.That(Read().Reason, Is.EqualTo(MissReason.Locked));
        LetLeaseEnd();

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
        Cache();
    }

    [Test]
    public void Proof_that_comes_after_an_unproven_publish_unlocks()
    {
        var token = Token.Create();
        Announce(token, s_rome);
        PublishUnproven(token, s_rome);
        Publish(token, s_rome);

        Cache();
    }

    [Test]
    public void Unproven_publish_keeps_locks_on_keys_that_it_adds()
    {
        var token = Token.Create();
        Announce(token, s_oslo);
        PublishUnproven(token, s_oslo, s_rome);
        Put(Read().Sequence);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Locked));
        LetLeaseEnd();

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
    }

    [Test]
    public void Writer_that_never_publishes_counts_as_committed_when_its_lease_ends()
    {
        Cache();
        Announce(Token.Create(), s_rome);
        _harness.Pass(_harness.Lease / 2);
        Assert.That(Read().Reason, Is.EqualTo(MissReason.Locked));

        LetLeaseEnd();

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
        Cache();
    }

    [Test]
    public void End_of_a_lease_also_rejects_results_that_are_put_after_it()
    {
        Read();
        var before = Store.Current;
        Announce(Token.Create(), s_rome);
        LetLeaseEnd();

        Put(before);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
    }

    [Test]
    public void Stamp_locked_by_two_writers_is_free_when_both_have_published()
    {
        Cache();
        var (first, second) = (Token.Create(), Token.Create());
        Announce(first, s_rome);
        Announce(second, s_rome);

        Publish(first, s_rome);
        Put(Read().Sequence);
        Assert.That(Read().Reason, Is.EqualTo(MissReason.Locked));
        Publish(second, s_rome);
        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));

        Cache();
    }

    [Test]
    public void One_writers_lease_ends_without_the_other_writers_lock()
    {
        Cache();
        var (first, second) = (Token.Create(), Token.Create());
        Announce(first, s_rome);
        _harness.Pass(_harness.Lease * 0.6);
        Announce(second, s_rome);
        _harness.Pass(_harness.Lease * 0.6);

        Read();
        Put(Read().Sequence);
        Assert.That(Read().Reason, Is.EqualTo(MissReason.Locked));
        Publish(second, s_rome);

        Cache();
    }

    [Test]
    public void Announcing_again_adds_keys_and_renews_the_lease()
    {
        Cache();
        var token = Token.Create();
        Announce(token, s_oslo);
        Assert.That(Read().Reason, Is.EqualTo(MissReason.None));
        _harness.Pass(_harness.Lease * 0.6);
        Announce(token, s_rome);
        _harness.Pass(_harness.Lease * 0.6);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Locked));
        Publish(token, s_rome, s_oslo);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
        Cache();
    }

    [Test]
    public void Announcing_a_key_twice_locks_it_once()
    {
        var token = Token.Create();
        Announce(token, s_rome);
        Announce(token, s_rome);
        Publish(token, s_rome);

        Cache();
    }

    [Test]
    public void Publish_moves_announced_keys_that_it_does_not_repeat()
    {
        Cache();
        var token = Token.Create();
        Announce(token, s_rome);
        Publish(token);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
    }

    [Test]
    public void Publish_moves_keys_that_were_not_announced()
    {
        Cache();
        var token = Token.Create();
        Announce(token, s_oslo);
        Publish(token, s_rome);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
    }

    [Test]
    public void Second_publish_of_a_token_does_no_harm()
    {
        Cache();
        var token = Token.Create();
        Announce(token, s_rome);
        Publish(token, s_rome);
        Publish(token, s_rome);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
        Cache();
    }

    [Test]
    public void Publish_under_an_unknown_token_moves_its_tables([Values] bool proven)
    {
        Cache();
        Store.Publish(new Publication(Token.Create(), proven, [], [s_people]));

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
        Cache();
    }

    [Test]
    public void Unproven_publish_under_an_unknown_token_locks_what_may_yet_be_committed_to_the_end_of_the_lease()
    {
        Cache();
        Store.Publish(new Publication(Token.Create(), Proven: false, [s_rome], [s_people]) { Lease = _harness.Lease });

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
        Put(Read().Sequence);
        Assert.That(Read().Reason, Is.EqualTo(MissReason.Locked));
        LetLeaseEnd();
        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
        Cache();
    }

    [Test]
    public void Publish_after_the_lease_moves_its_tables()
    {
        var token = Token.Create();
        Announce(token, s_oslo);
        LetLeaseEnd();
        Cache();

        Publish(token, s_oslo);

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
    }

    [Test]
    public void Publish_moves_a_table_that_its_token_announced_before_the_lease_ended_only()
    {
        var token = Token.Create();
        Announce(token, s_rome);
        LetLeaseEnd();
        // The shape is born while nothing is in flight; the token comes back for another table and knows nothing of it.
        Cache();
        Store.Announce(new Announcement(token, [], [s_orders], [], [], ShapesVersion: null, _harness.Lease));

        Store.Publish(new Publication(token, Proven: true, [], [s_people, s_orders]));

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
    }

    [Test]
    public void What_depends_on_any_change_is_locked_and_moved_by_every_writer()
    {
        Put(Read().Sequence, new Dependencies([StampKey.Scope, StampKey.AnyChange], []));
        Assert.That(Read().Reason, Is.EqualTo(MissReason.None));
        var token = Token.Create();

        Store.Announce(new Announcement(token, [], [s_orders], [], [], ShapesVersion: null, _harness.Lease));
        Assert.That(Read().Reason, Is.EqualTo(MissReason.Locked));
        Store.Publish(new Publication(token, Proven: true, [], [s_orders]));

        Assert.That(Read().Reason, Is.EqualTo(MissReason.Invalidated));
    }
}
