using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Flights;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Caches.Granular.Stores.InProcess;
using NHibernate.Caches.Granular.Tests.Stores;

namespace NHibernate.Caches.Granular.Tests.Flights;

/// <summary>What look-ups of one entry do about each other, step by step, on a clock that stands still.</summary>
public sealed class PassageTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(1);
    private static readonly NamedKey s_key = new("people of Rome");

    private readonly ManualTime _time = new();
    private InProcessStore _store = null!;
    private FlightRegister _flights = null!;

    private static ReadResult Hit => new(new CacheEntry("result", new Dependencies([], []), new Sequence(1), s_limit, IsSliding: false), MissReason.None, new Sequence(1));

    private static readonly FlightRules s_rules = new(AmongNodes: false, s_limit, MayLead: true, MayWait: true, IsReadingCheap: false);

    private static readonly FlightRules s_amongNodes = s_rules with { AmongNodes = true };

    [SetUp]
    public void Open()
    {
        _store = new InProcessStore(new StampTable(InProcessStoreOptions.Default, _time), InProcessStoreOptions.Default, _time);
        _flights = new FlightRegister(_time);
    }

    [TearDown]
    public void Dispose() => _store?.Dispose();

    [Test]
    public void First_loads_and_the_others_wait_for_it()
    {
        var first = NewPassage();
        Assert.That(first.Next(Miss()), Is.EqualTo(FlightStep.Done));

        foreach (var other in new[] { NewPassage(), NewPassage() })
            Assert.That(other.Next(Miss()), Is.EqualTo(new FlightStep(StepKind.Wait, first.Led, s_limit)));
        Assert.That(first.Led!.Waiting, Is.EqualTo(2));
    }

    [Test]
    public void Who_has_waited_takes_what_it_finds()
    {
        var (first, second) = (Leader(), NewPassage());
        second.Next(Miss());
        first.End(FlightEnd.Stored);

        Assert.That(second.Next(Hit), Is.EqualTo(FlightStep.Done));
        Assert.That((second.Led, first.Waiting, _flights.Count), Is.EqualTo(((Flight?)null, 0, 0)));
    }

    [TestCase(FlightEnd.Stored)]
    [TestCase(FlightEnd.Failed)]
    public void Who_has_waited_in_vain_loads_and_the_others_wait_for_that_one(int how)
    {
        var (first, second, third) = (Leader(), NewPassage(), NewPassage());
        second.Next(Miss());
        third.Next(Miss());
        first.End((FlightEnd)how);

        Assert.That(second.Next(Miss(MissReason.Invalidated)), Is.EqualTo(FlightStep.Done));
        Assert.That(third.Next(Miss(MissReason.Invalidated)).Flight, Is.SameAs(second.Led));
    }

    [Test]
    public void Nobody_waits_a_second_time_for_what_may_not_be_stored()
    {
        var (first, second, third) = (Leader(), NewPassage(), NewPassage());
        second.Next(Miss());
        third.Next(Miss());
        first.End(FlightEnd.Rejected);

        Assert.That(second.Next(Miss()), Is.EqualTo(FlightStep.Done));
        Assert.That(third.Next(Miss()), Is.EqualTo(FlightStep.Done));
        Assert.That(second.Led, Is.Null);
    }

    [Test]
    public void Nobody_waits_for_more_than_two()
    {
        var flight = Leader();
        var patient = NewPassage();
        for (var i = 0; i < 2; i++)
        {
            Assert.That(patient.Next(Miss(MissReason.Invalidated)).Kind, Is.EqualTo(StepKind.Wait));
            flight.End(FlightEnd.Stored);
            flight = Leader();
        }

        Assert.That(patient.Next(Miss(MissReason.Invalidated)), Is.EqualTo(FlightStep.Done));
    }

    [Test]
    public void Who_has_waited_for_the_limit_loads_in_the_place_of_the_one_it_waited_for()
    {
        var (first, second, third) = (Leader(), NewPassage(), NewPassage());
        second.Next(Miss());
        third.Next(Miss());
        _time.Pass(s_limit);

        Assert.That(second.Next(Miss()), Is.EqualTo(FlightStep.Done));
        Assert.That(second.Led, Is.Not.Null.And.Not.SameAs(first));
        Assert.That(third.Next(Miss()), Is.EqualTo(FlightStep.Done), "it has waited for as long as it may");
        Assert.That(third.Led, Is.Null);
        Assert.That(NewPassage().Next(Miss()).Flight, Is.SameAs(second.Led));
    }

    [Test]
    public void Flight_that_was_replaced_ends_without_its_successor()
    {
        var first = Leader();
        _time.Pass(s_limit);
        var second = Leader();

        first.End(FlightEnd.Failed);

        Assert.That(second.Ended.IsCompleted, Is.False);
        Assert.That(NewPassage().Next(Miss()).Flight, Is.SameAs(second));
    }

    [Test]
    public void Limit_is_for_all_waiting_together()
    {
        var first = Leader();
        var patient = NewPassage();
        _time.Pass(s_limit / 4);
        Assert.That(patient.Next(Miss()).Limit, Is.EqualTo(s_limit * 0.75));
        first.End(FlightEnd.Failed);
        _time.Pass(s_limit / 2);
        Leader();

        Assert.That(patient.Next(Miss()).Limit, Is.EqualTo(s_limit / 4));
    }

    [Test]
    public void Who_may_not_wait_loads()
    {
        Leader();

        var other = NewPassage(s_rules with { MayWait = false });

        Assert.That(other.Next(Miss()), Is.EqualTo(FlightStep.Done));
        Assert.That(other.Led, Is.Null);
    }

    [Test]
    public void Nobody_waits_for_one_who_will_not_put()
    {
        var other = NewPassage(s_rules with { MayLead = false });

        Assert.That(other.Next(Miss()), Is.EqualTo(FlightStep.Done));
        Assert.That((other.Led, _flights.Count), Is.EqualTo(((Flight?)null, 0)));
        var flight = Leader();
        Assert.That(NewPassage(s_rules with { MayLead = false }).Next(Miss()).Flight, Is.SameAs(flight), "but it may wait");
    }

    [TestCase(MissReason.Locked)]
    [TestCase(MissReason.Unavailable)]
    [TestCase(MissReason.NotShareable)]
    public void Nobody_waits_when_what_is_loaded_now_is_not_there_for_others(MissReason reason)
    {
        Leader();

        Assert.That(NewPassage().Next(Miss(reason)), Is.EqualTo(FlightStep.Done));
    }

    [Test]
    public void Where_reading_is_cheap_the_first_looks_once_more()
    {
        var first = NewPassage(s_rules with { IsReadingCheap = true });
        Assert.That(first.Next(Miss()), Is.EqualTo(FlightStep.Again));
        Assert.That(first.Next(Hit), Is.EqualTo(FlightStep.Done), "it was stored between its look-up and its turn");
        Assert.That(first.Led!.Ended.Result, Is.EqualTo(FlightEnd.Stored));

        var second = NewPassage(s_rules with { IsReadingCheap = true });
        second.Next(Miss());
        Assert.That(second.Next(Miss()), Is.EqualTo(FlightStep.Done));
        Assert.That(second.Led!.Ended.IsCompleted, Is.False, "now it loads");
    }

    [Test]
    public void Look_up_that_fails_lets_the_others_go_on()
    {
        var (first, second, third) = (NewPassage(), NewPassage(), NewPassage());
        first.Next(Miss());
        second.Next(Miss());
        third.Next(Miss());

        second.Abandon();
        Assert.That(first.Led!.Waiting, Is.EqualTo(1));
        first.Abandon();
        Assert.That(first.Led.Ended.Result, Is.EqualTo(FlightEnd.Failed));
    }

    [Test]
    public void Session_has_the_flights_that_have_not_ended_and_abandons_them()
    {
        var led = new LedFlights();
        var first = NewPassage(led: led);
        first.Next(Miss());
        Assert.That(led.Any, Is.True);
        first.Led!.End(FlightEnd.Stored);
        Assert.That(led.Any, Is.False);

        var second = NewPassage(led: led);
        second.Next(Miss());
        led.Abandon();
        Assert.That(second.Led!.Ended.Result, Is.EqualTo(FlightEnd.Failed));
        Assert.That(led.Any, Is.False);
    }

    [Test]
    public void First_of_a_node_asks_for_the_lead_among_the_nodes_and_gives_it_up_at_the_end()
    {
        var first = NewPassage(s_amongNodes);
        var ask = first.Next(Miss());
        Assert.That(ask, Is.EqualTo(new FlightStep(StepKind.Ask, first.Led)));

        Assert.That(first.Asked(_store.TryLead(s_key, first.Led!.Token, first.Lease)), Is.EqualTo(FlightStep.Done));
        Assert.That(_store.TryLead(s_key, Token.Create(), s_limit), Is.False);
        first.Led.End(FlightEnd.Stored);
        Assert.That(_store.TryLead(s_key, Token.Create(), s_limit), Is.True);
    }

    [Test]
    public void Who_does_not_get_the_lead_pauses_longer_each_time_and_reads_once_more()
    {
        var first = NewPassage(s_amongNodes);
        first.Next(Miss());
        var pauses = new List<double>();
        for (var i = 0; i < 6; i++)
        {
            var step = first.Asked(false);
            Assert.That(step.Kind, Is.EqualTo(StepKind.Pause));
            pauses.Add(step.Limit.TotalMilliseconds);
            Assert.That(first.Next(Miss()).Kind, Is.EqualTo(StepKind.Ask));
        }
        Assert.That(pauses, Is.EqualTo(new[] { 5.0, 10, 20, 40, 50, 50 }));
        Assert.That(first.Asked(true), Is.EqualTo(FlightStep.Again), "the other may have stored it meanwhile");
        Assert.That(first.Next(Hit), Is.EqualTo(FlightStep.Done));
        Assert.That(first.Led!.Ended.Result, Is.EqualTo(FlightEnd.Stored), "those of this node who waited find it too");
    }

    [Test]
    public void Who_does_not_get_the_lead_in_time_loads()
    {
        var first = NewPassage(s_amongNodes);
        first.Next(Miss());
        first.Asked(false);
        _time.Pass(s_limit);
        first.Next(Miss());

        Assert.That(first.Asked(false), Is.EqualTo(FlightStep.Done));
        first.Led!.End(FlightEnd.Stored);
    }

    [Test]
    public void Who_may_not_wait_loads_without_the_lead()
    {
        var other = Token.Create();
        _store.TryLead(s_key, other, s_limit);
        var first = NewPassage(s_amongNodes with { MayWait = false });
        first.Next(Miss());

        Assert.That(first.Asked(false), Is.EqualTo(FlightStep.Done));
        first.Led!.End(FlightEnd.Stored);
        Assert.That(_store.TryLead(s_key, Token.Create(), s_limit), Is.False, "it is the other's");
    }

    private static ReadResult Miss(MissReason reason = MissReason.NotFound) => new(null, reason, new Sequence(1));

    private Passage NewPassage(FlightRules? rules = null, LedFlights? led = null) => new(_flights, _store, s_key, led ?? new LedFlights(), rules ?? s_rules);

    private Flight Leader()
    {
        var passage = NewPassage();
        passage.Next(Miss());
        return passage.Led!;
    }
}
