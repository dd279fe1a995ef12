using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Cfg;
using NHibernate.Linq;
using NHibernate.Mapping.ByCode;

namespace NHibernate.Caches.Granular.Tests.Invalidation;

/// <summary>Mappings whose entities take more than one plain UPDATE of one table: subclasses, joins, composite and native ids, custom SQL.</summary>
[TestFixture(0)]
[TestFixture(20)]
public sealed class MappingKindsTests(int batchSize) : BlogFixture
{
    [Test]
    public void Joined_subclass_updates_every_table_it_spans()
    {
        static List<string> Cars(ISession session, string make) => [.. session.Query<Car>().Where(car => car.Make == make).OrderBy(car => car.Id).Select(car => car.Name).WithOptions(o => o.SetCacheable(true)).ToList()];
        static List<int> Vehicles(ISession session, string name) => [.. session.Query<Vehicle>().Where(vehicle => vehicle.Name == name).OrderBy(vehicle => vehicle.Id).Select(vehicle => vehicle.Id).WithOptions(o => o.SetCacheable(true)).ToList()];
        Commit(session => session.Save(new Car { Id = 1, Name = "first", Make = "a" }));
        foreach (var make in new[] { "a", "b" })
            Ask(session => Cars(session, make));
        foreach (var name in new[] { "first", "second" })
            Ask(session => Vehicles(session, name));
        Commit(session =>
        {
            var car = session.Get<Car>(1);
            (car.Name, car.Make) = ("second", "b");
        });
        Assert.That(Ask(session => Cars(session, "a")).Result, Is.Empty);
        Assert.That(Ask(session => Cars(session, "b")).Result, Is.EqualTo(new[] { "second" }));
        Assert.That(Ask(session => Vehicles(session, "first")).Result, Is.Empty);
        Assert.That(Ask(session => Vehicles(session, "second")).Result, Is.EqualTo(new[] { 1 }));
        Commit(session => session.Delete(session.Get<Vehicle>(1)));
        Assert.That(Ask(session => Cars(session, "b")).Result, Is.Empty);
        Assert.That(Ask(session => Vehicles(session, "second")).Result, Is.Empty);
    }

    [Test]
    public void Split_entity_updates_both_tables()
    {
        static List<int> ByNote(ISession session, string note) => [.. session.Query<Split>().Where(split => split.Note == note).Select(split => split.Id).WithOptions(o => o.SetCacheable(true)).ToList()];
        Commit(session => session.Save(new Split { Id = 1, Name = "n", Note = "old" }));
        Ask(session => ByNote(session, "old"));
        Ask(session => ByNote(session, "new"));
        Commit(session => session.Get<Split>(1).Note = "new");
        Assert.That(Ask(session => ByNote(session, "old")).Result, Is.Empty);
        Assert.That(Ask(session => ByNote(session, "new")).Result, Is.EqualTo(new[] { 1 }));
    }

    [Test]
    public void Composite_key_names_the_row()
    {
        static List<string> ByState(ISession session, string state) => [.. session.Query<Seat>().Where(seat => seat.State == state).OrderBy(seat => seat.Number).Select(seat => seat.State).WithOptions(o => o.SetCacheable(true)).ToList()];
        Commit(session =>
        {
            session.Save(new Seat { Line = 1, Number = 1, State = "free" });
            session.Save(new Seat { Line = 1, Number = 2, State = "free" });
        });
        foreach (var state in new[] { "free", "taken", "broken" })
        {
            Ask(session => ByState(session, state));
            Ask(session => ByState(session, state));
        }
        Commit(session => session.Get<Seat>(new Seat { Line = 1, Number = 2 }).State = "taken");
        Assert.That(Ask(session => ByState(session, "free")).Result, Has.Count.EqualTo(1));
        Assert.That(Ask(session => ByState(session, "taken")).Result, Has.Count.EqualTo(1));
        Assert.That(Ask(session => ByState(session, "broken")), Is.EqualTo((new List<string>(), true)));
    }

    [Test]
    public void Native_ids_move_no_more_than_the_inserted_row_does()
    {
        static List<string> ByKind(ISession session, string kind) => [.. session.Query<Serial>().Where(serial => serial.Kind == kind).OrderBy(serial => serial.Id).Select(serial => serial.Name).WithOptions(o => o.SetCacheable(true)).ToList()];
        static List<string> BySequence(ISession session, string kind) => [.. session.Query<Sequenced>().Where(sequenced => sequenced.Kind == kind).Select(sequenced => sequenced.Name).WithOptions(o => o.SetCacheable(true)).ToList()];
        Commit(session =>
        {
            session.Save(new Serial { Name = "one", Kind = "a" });
            session.Save(new Sequenced { Name = "one", Kind = "a" });
        });
        foreach (var kind in new[] { "a", "b", "c" })
        {
            Ask(session => ByKind(session, kind));
            Ask(session => BySequence(session, kind));
        }
        Commit(session =>
        {
            var serial = session.Query<Serial>().Single();
            session.Save(new Serial { Name = "two", Kind = "b" });
            session.Save(new Sequenced { Name = "two", Kind = "b" });
            serial.Name = "one again";
        });
        Assert.That(Ask(session => ByKind(session, "a")).Result, Is.EqualTo(new[] { "one again" }));
        Assert.That(Ask(session => ByKind(session, "b")).Result, Is.EqualTo(new[] { "two" }));
        Assert.That(Ask(session => BySequence(session, "b")).Result, Is.EqualTo(new[] { "two" }));
        Assert.That(Ask(session => ByKind(session, "c")).WasHit, Is.True);
        Assert.That(Ask(session => BySequence(session, "a")).WasHit, Is.True);
        Assert.That(Ask(session => BySequence(session, "c")).WasHit, Is.True);
    }

    [Test]
    public void Many_updates_in_one_flush_are_all_seen()
    {
        static int InState(ISession session, string state) => session.Query<Seat>().Where(seat => seat.State == state).WithOptions(o => o.SetCacheable(true)).Count();
        Commit(session =>
        {
            for (var i = 1; i <= 50; i++)
                session.Save(new Seat { Line = 2, Number = i, State = "free" });
        });
        Ask(session => InState(session, "free"));
        Ask(session => InState(session, "taken"));
        Commit(session =>
        {
            foreach (var seat in session.Query<Seat>().ToList())
                seat.State = "taken";
        });
        Assert.That(Ask(session => InState(session, "free")).Result, Is.Zero);
        Assert.That(Ask(session => InState(session, "taken")).Result, Is.EqualTo(50));
        using (var stateless = Factory.OpenStatelessSession())
        {
            for (var i = 1; i <= 50; i++)
                stateless.Update(new Seat { Line = 2, Number = i, State = "free" });
        }
        Assert.That(Ask(session => InState(session, "free")).Result, Is.EqualTo(50));
        Assert.That(Ask(session => InState(session, "taken")).Result, Is.Zero);
    }

    [Test]
    public void Custom_update_that_writes_otherwise_than_told_leaves_nothing_stale()
    {
        static List<int> ByName(ISession session, string name) => [.. session.Query<Custom>().Where(custom => custom.Name == name).Select(custom => custom.Id).WithOptions(o => o.SetCacheable(true)).ToList()];
        Commit(session => session.Save(new Custom { Id = 1, Name = "a" }));
        foreach (var name in new[] { "a", "b", "B", "c", "C" })
            Ask(session => ByName(session, name));
        foreach (var name in new[] { "b", "c" })
        {
            Commit(session => session.Get<Custom>(1).Name = name);
            Factory.EvictEntity(typeof(Custom).FullName);
            Assert.That(Ask(session => ByName(session, name)).Result, Is.Empty);
            Assert.That(Ask(session => ByName(session, name.ToUpperInvariant())).Result, Is.EqualTo(new[] { 1 }));
        }
        Assert.That(Ask(session => ByName(session, "B")).Result, Is.Empty);
    }

    protected override IEnumerable<string> TablesToEmpty => [.. base.TablesToEmpty, "Car", "Vehicle", "SplitNote", "Split", "Seat", "Serial", "Sequenced", "Custom"];

    protected override void Configure(Configuration configuration)
    {
        base.Configure(configuration);
        configuration.SetProperty(Cfg.Environment.BatchSize, batchSize.ToString(CultureInfo.InvariantCulture));
        configuration.SetProperty(Cfg.Environment.OrderInserts, "true");
        configuration.SetProperty(Cfg.Environment.OrderUpdates, "true");
    }

    protected override ModelMapper Map()
    {
        var mapper = base.Map();
        mapper.Class<Vehicle>(map =>
        {
            map.Table("Vehicle");
            map.Id(vehicle => vehicle.Id, id => id.Generator(Generators.Assigned));
            map.Property(vehicle => vehicle.Name);
        });
        mapper.JoinedSubclass<Car>(map =>
        {
            map.Table("Car");
            map.Key(key => key.Column("vehicle_id"));
            map.Property(car => car.Make);
        });
        mapper.Class<Split>(map =>
        {
            map.Table("Split");
            map.Id(split => split.Id, id => id.Generator(Generators.Assigned));
            map.Property(split => split.Name);
            map.Join("SplitNote", join =>
            {
                join.Key(key => key.Column("split_id"));
                join.Property(split => split.Note);
            });
        });
        mapper.Class<Seat>(map =>
        {
            map.Table("Seat");
            map.ComposedId(id =>
            {
                id.Property(seat => seat.Line);
                id.Property(seat => seat.Number);
            });
            map.Property(seat => seat.State);
        });
        mapper.Class<Serial>(map =>
        {
            map.Table("Serial");
            map.Id(serial => serial.Id, id => id.Generator(Generators.Identity));
            map.Property(serial => serial.Name);
            map.Property(serial => serial.Kind);
        });
        mapper.Class<Sequenced>(map =>
        {
            map.Table("Sequenced");
            map.Id(sequenced => sequenced.Id, id => id.Generator(Generators.Sequence));
            map.Property(sequenced => sequenced.Name);
            map.Property(sequenced => sequenced.Kind);
        });
        mapper.Class<Custom>(map =>
        {
            map.Table("Custom");
            map.Id(custom => custom.Id, id => id.Generator(Generators.Assigned));
            map.Property(custom => custom.Name);
            map.SqlUpdate("update Custom set Name = upper(?) where Id = ?");
        });
        return mapper;
    }

    public class Vehicle
    {
        public virtual int Id { get; set; }

        public virtual string Name { get; set; } = "";
    }

    public class Car : Vehicle
    {
        public virtual string Make { get; set; } = "";
    }

    public class Split
    {
        public virtual int Id { get; set; }

        public virtual string Name { get; set; } = "";

        public virtual string Note { get; set; } = "";
    }

    public class Seat
    {
        public virtual int Line { get; set; }

        public virtual int Number { get; set; }

        public virtual string State { get; set; } = "";

        public override bool Equals(object? obj) => obj is Seat other && other.Line == Line && other.Number == Number;

        public override int GetHashCode() => HashCode.Combine(Line, Number);
    }

    public class Serial
    {
        public virtual int Id { get; set; }

        public virtual string Name { get; set; } = "";

        public virtual string Kind { get; set; } = "";
    }

    public class Sequenced
    {
        public virtual int Id { get; set; }

        public virtual string Name { get; set; } = "";

        public virtual string Kind { get; set; } = "";
    }

    public class Custom
    {
        public virtual int Id { get; set; }

        public virtual string Name { get; set; } = "";
    }
}
