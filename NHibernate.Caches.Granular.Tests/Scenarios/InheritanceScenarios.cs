using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Caches.Granular.Tests.Scenarios.Model;
using NHibernate.Criterion;

namespace NHibernate.Caches.Granular.Tests.Scenarios;

/// <summary>Section G: inheritance, and several classes on one table.</summary>
public sealed class InheritanceScenarios : ScenarioFixture
{
    private static readonly Func<ISession, object?> s_vehicles = Hql("from Vehicle v order by v.Id");
    private static readonly Func<ISession, object?> s_vehiclesR = Linq<Vehicle>(vehicles => vehicles.Where(vehicle => vehicle.Name == "r").OrderBy(vehicle => vehicle.Id));
    private static readonly Func<ISession, object?> s_cars = Criteria<Car>(c => c.AddOrder(Order.Asc("Id")));
    private static readonly Func<ISession, object?> s_carsR = Over<Car>(q => q.Where(car => car.Name == "r").OrderBy(car => car.Id).Asc);
    private static readonly Func<ISession, object?> s_carNames = Hql("select c.Name from Car c order by c.Id");
    private static readonly Func<ISession, object?> s_cardPayments = Linq<CardPayment>(payments => payments.OrderBy(payment => payment.Id));
    private static readonly Func<ISession, object?> s_figures = Linq<Figure>(figures => figures.OrderBy(figure => figure.Id));

    private static readonly Scenario[] s_catalogue =
    [
        new("G01", "All of the base, one of a joined subclass is inserted", s => s.Save(new Car { Id = 9, Name = "n" }), Drop(s_vehicles), Drop(s_cars)) { Given = AddVehicles },
        new("G02", "The base by its column, one of a subclass with the value is inserted", s => s.Save(new Car { Id = 9, Name = "r" }), Drop(s_vehiclesR)) { Given = AddVehicles },
        // The subclass's own table is left-joined by a key that the query compares with no value: nothing tells that the row does not matter.
        new("G02", "The base by its column, one of a subclass with another value is inserted", s => s.Save(new Car { Id = 9, Name = "q" }), Either(s_vehiclesR)) { Given = AddVehicles },
        new("G03", "The base by its column, one of a subclass changes it", s => s.Get<Car>(1).Name = "r", Drop(s_vehiclesR)) { Given = AddVehicles },
        new("G04", "A subclass, an inherited column changes through the base", s => s.Get<Vehicle>(1).Name = "changed", Drop(s_carNames), Refresh(s_cars)) { Given = AddVehicles },
        new("G04", "A subclass, an inherited column changes by HQL on the base", s => s.Hql("update Vehicle set Name = 'changed' where Id = 1"), Drop(s_carNames), Refresh(s_cars)) { Given = AddVehicles },
        new("G05", "A subclass by an inherited column, it changes through the base", s => s.Get<Vehicle>(1).Name = "r", Drop(s_carsR)) { Given = AddVehicles },
        new("G05", "A subclass by an inherited column, HQL on the base changes it", s => s.Hql("update Vehicle set Name = 'r' where Id = 1"), Drop(s_carsR)) { Given = AddVehicles },
        new("G06", "The base, one of a subclass is deleted", s => s.Delete(s.Get<Car>(1)), Drop(s_vehicles), Drop(s_cars)) { Given = AddVehicles },
        new("G07", "A subclass, one is deleted through the base", s => s.Delete(s.Load<Vehicle>(1)), Drop(s_cars), Drop(s_vehicles)) { Given = AddVehicles },
        new("G07", "A subclass, HQL on the base deletes one", s => s.Hql("delete from Vehicle where Id = 1"), Drop(s_cars), Drop(s_vehicles)) { Given = AddVehicles },
        new("G08", "A subclass by an inherited column, one is renamed", s => s.Get<Car>(2).Name = "changed", Drop(s_carsR), Drop(s_vehiclesR)) { Given = AddVehicles },
        new("G08", "A subclass by an inherited column, one of another subclass gets the value", s => s.Get<Truck>(3).Name = "r", Either(s_carsR), Drop(s_vehiclesR)) { Given = AddVehicles },
        new("G09", "A reference to a subclass, referrer and row are deleted", s => { s.Delete(s.Get<Garage>(1)); s.Delete(s.Get<Car>(1)); }, Drop(Hql("from Garage g where g.Car.Id = :a", 1)), Drop(Hql("select g.Car.Name from Garage g")))
            { Given = s => { AddVehicles(s); s.Save(new Garage { Id = 1, Car = s.Load<Car>(1) }); } },
        new("G10", "Posts of a category, one is inserted through another class on the table", s => s.Save(new PostSummary { Id = 9, Title = "new", CatId = 1 }), Drop(PostIdsOf(1)), Keep(PostIdsOf(2))),
        new("G10", "Posts of a category, one moves through another class on the table", s => s.Get<PostSummary>(2).CatId = 1, Drop(PostIdsOf(1)), Drop(PostIdsOf(2)), Refresh(Hql("from Post where Id = :a", 2))),
        new("G10", "Another class on the table, a post is deleted", s => { ChangeScenarios.Unlink(s, 1); s.Delete(s.Post(1)); }, Drop(Linq<PostSummary>(posts => posts.Where(post => post.CatId == 1).OrderBy(post => post.Id)))),
        new("G11", "A row as base and as subclass, nothing changes", _ => { },
            Keep(Hql("from Vehicle where Id = :a", 1)), Keep(Hql("from Car where Id = :a", 1)),
            Keep(s => { var proxy = s.Load<Vehicle>(1); return s.CreateQuery("from Vehicle v where v.Id = 1 and v.Name is not null").SetCacheable(true).List<Vehicle>().Select(vehicle => $"{vehicle.Name} {ReferenceEquals(vehicle, proxy)}"); }))
            { Given = AddVehicles },
        new("G12", "A class with tables of its own, a sibling is inserted", s => s.Save(new Draft { Id = 1, Title = "d" }), Keep(Hql("from Note")), Drop(s => s.CreateQuery($"from {typeof(Document).FullName}").SetCacheable(true).List())),
        new("G13", "Three joined levels, a leaf is inserted", s => s.Save(new Tipper { Id = 9, Name = "r", Capacity = 1, Angle = 2 }),
            Drop(s_vehicles), Drop(s_vehiclesR), Drop(Hql("from Truck where Capacity = :a", 1)), Drop(Hql("select Angle from Tipper order by Id")))
            { Given = AddVehicles },
        new("G14", "One class of a table per hierarchy, another is inserted", s => s.Save(new CashPayment { Id = 9, Amount = 1 }), Keep(s_cardPayments), Drop(Hql("from Payment p order by p.Id"))) { Given = AddPayments },
        new("G14", "One class of a table per hierarchy, one is inserted", s => s.Save(new CardPayment { Id = 9, Amount = 1 }), Drop(s_cardPayments)) { Given = AddPayments },
        new("G14", "A class by its discriminator, one is inserted", s => s.Save(new CardPayment { Id = 9 }),
            Drop(Hql("select count(*) from Payment p where p.class = CardPayment")), Keep(Hql("select count(*) from Payment p where p.class = CashPayment"))) { Given = AddPayments },
        new("G15", "The base of a table per class, one of a class is inserted", s => s.Save(new Disc { Id = 9, Name = "d", Radius = 1 }), Drop(s_figures), Keep(Hql("from Block"))),
        new("G15", "The base of a table per class, one of a class is renamed", s => s.Get<Block>(1).Name = "r", Drop(Hql("select f.Id from Figure f where f.Name = :a", "r")), Refresh(s_figures))
            { Given = s => s.Save(new Block { Id = 1, Name = "b" }) },
        new("G16", "All of a hierarchy, nothing changes", _ => { }, Keep(s_vehicles), Keep(Hql("from Payment p order by p.Id")))
            { Given = s => { AddVehicles(s); AddPayments(s); } },
        new("G16", "A reference to a base, its runtime class is kept", _ => { },
            Keep(s => s.CreateQuery("select g.Car from Garage g").SetCacheable(true).List<Vehicle>().Select(vehicle => NHibernateUtil.GetClass(vehicle).Name)))
            { Given = s => { AddVehicles(s); s.Save(new Garage { Id = 1, Car = s.Load<Car>(1) }); } },
    ];

    public static IEnumerable<TestCaseData> Cases => s_catalogue.Select(scenario => scenario.Case);

    private static Func<ISession, object?> PostIdsOf(int cat) => Hql("select Id from Post where Cat.Id = :a order by Id", cat);

    private static void AddVehicles(ISession session)
    {
        session.Save(new Car { Id = 1, Name = "c", Doors = 3 });
        session.Save(new Car { Id = 2, Name = "r", Doors = 5 });
        session.Save(new Truck { Id = 3, Name = "t", Capacity = 10 });
        session.Save(new Tipper { Id = 4, Name = "p", Capacity = 20, Angle = 45 });
    }

    private static void AddPayments(ISession session)
    {
        session.Save(new CardPayment { Id = 1, Amount = 10, Brand = "b" });
        session.Save(new CashPayment { Id = 2, Amount = 20, Place = "p" });
    }
}
