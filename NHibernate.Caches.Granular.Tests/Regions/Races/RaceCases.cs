using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Caches.Granular.Tests.Scenarios;
using NHibernate.Caches.Granular.Tests.Scenarios.Model;
using NHibernate.Criterion;

namespace NHibernate.Caches.Granular.Tests.Regions.Races;

/// <summary>The kinds of entity and collection, each with a change that alters it. Thread-safe: immutable.</summary>
internal static class RaceCases
{
    private const string Route = "insert into Zone (Id, Code) values (1, 'a'), (2, 'b'), (3, 'x'); insert into Route (Id, Code, zone_code) values (1, 'r', 'a');";

    /// <summary>Changes are SQL, so that regions of what is read only can follow them too.</summary>
    public static IEnumerable<Race> OfAnyStrategy =>
    [
        Entity<Post>("Plain row", "", 1, "update Post set Title = 'changed' where Id = 1"),
        Entity<Comment>("Versioned row", "", 1, "update Comment set Text = 'changed', Version = Version + 1 where Id = 1"),
        Entity<Post>("Deleted row", "", 3, "delete from Post where Id = 3"),
        Entity<Tag>("Row under an id that was not there", "", 3, "insert into Tag (Id, Name) values (3, 'z')") with { IsNeverCached = true },
        Entity<Tag>("Row deleted and inserted again", "delete from PostTag", 1, "delete from Tag where Id = 1; insert into Tag (Id, Name) values (1, 'again')"),
        Entity<Vehicle>("Root table of a joined subclass", Vehicles, 1, "update Vehicle set Name = 'changed' where Id = 1"),
        Entity<Vehicle>("Joined table", Vehicles, 1, "update Car set Doors = 9 where vehicle_id = 1"),
        Entity<Vehicle>("Third joined table", Vehicles, 2, "update Tipper set Angle = 9 where truck_id = 2"),
        Entity<Payment>("Single-table subclass", "insert into Payment (Id, Amount, kind, Brand) values (1, 10, 'card', 'a')", 1, "update Payment set Brand = 'b' where Id = 1"),
        Entity<Payment>("Row that becomes another class", "insert into Payment (Id, Amount, kind) values (1, 10, 'card')", 1, "update Payment set kind = 'cash' where Id = 1"),
        Entity<Figure>("Union subclass", "insert into Disc (Id, Name, Radius) values (1, 'd', 1)", 1, "update Disc set Radius = 2 where Id = 1"),
        Entity<CountedCat>("Formula over another table", "", 1, "update Post set cat_id = 1 where Id = 2"),
        Entity<BusyCat>("Subselect", "", 2, "delete from PostTag where post_id = 2; delete from Comment where post_id = 2; delete from Post where Id = 2"),
        Entity<VisiblePost>("View", "", 1, "update Post set Title = 'changed' where Id = 1"),
        Entity<PostSummary>("Second mapping of a table", "", 1, "update Post set Title = 'changed' where Id = 1"),
        Entity<OrderLine>("Composite key", "insert into OrderLine (OrderNo, LineNo, Product) values (1, 1, 'a')", new OrderLine { OrderNo = 1, LineNo = 1 }, "update OrderLine set Product = 'b'"),
        Entity<Remark>("Reference that leads nowhere", "insert into Remark (Id, tag_id) values (1, 9)", 1, "insert into Tag (Id, Name) values (9, 'z')"),
        Entity<Remark>("Reference that leads nowhere any more", "insert into Remark (Id, tag_id) values (1, 2); delete from PostTag", 1, "delete from Tag where Id = 2"),
        new("Reference of a component that leads nowhere", "insert into Remark (Id, cat_id) values (1, 9)", session => session.Get<Remark>(1)?.Place?.Cat?.Title, session => Execute(session, "insert into Cat (Id, Title) values (9, 'z')")),
        Entity<Route>("Reference by another key", Route, 1, "update Zone set Code = 'c' where Id = 1; update Zone set Code = 'a' where Id = 2"),
        Entity<Summary>("Loader of its own", "insert into Summary (Id, Title) values (1, 's')", 1, "update Post set cat_id = null; delete from Comment; delete from PostTag; delete from Post where Id = 3") with { IsNeverCached = true },
        Entity<Mention>("Reference to any table", Route + "insert into Mention (Id, subject_kind, subject_id) values (1, 'zone', 2)", 1, "update Mention set subject_kind = 'route', subject_id = 1 where Id = 1"),
        Entity<Visit>("Key of a reference and a number", Route + "insert into Visit (route_id, Number, Guest) values (1, 7, 'g')", FirstVisit, "update Visit set Guest = 'h' where Number = 7"),
        Entity<Parcel>("Component that is null", "insert into Parcel (Id) values (1)", 1, "update Parcel set Scale = 's' where Id = 1"),
        Entity<Parcel>("Component of nulls and values", "insert into Parcel (Id, Width, Kilograms) values (1, 3, 2.50)", 1, "update Parcel set Width = null, Kilograms = null where Id = 1"),
        SqlRace("Other properties than the lazy one", "insert into Essay (Id, Title, Text) values (1, 'e', 'long')", session => session.Get<Essay>(1).Title, "update Essay set Title = 'f' where Id = 1"),
        new("Lazy property that is left out", "insert into Essay (Id, Title, Text) values (1, 'e', 'long')", session => session.Get<Essay>(1).Text, session => Execute(session, "update Essay set Text = 'longer' where Id = 1")) { IsNeverCached = true },
        Entity<Thesis>("Lazy property of a subclass", "insert into Thesis (Id, Title, kind, Text) values (1, 't', 'long', 'long')", 1, "update Thesis set Title = 'u' where Id = 1") with { IsNeverCached = true },
        Entity<Permit>("One-to-one", Permit, 1, "update Permit set Holder = 'i' where Id = 1"),
        SqlRace("Row that a one-to-one leads to", Permit, session => session.Get<Permit>(1)?.Photo?.Colour, "update PermitPhoto set Colour = 'b' where Id = 1"),
        SqlRace("Row that a one-to-one will lead to", PermitAlone, session => session.Get<Permit>(1)?.Photo?.Colour, "insert into PermitPhoto (Id, Colour) values (1, 'a')"),
        SqlRace("Natural id", Permit, session => PermitOf(session, "it", "n"), "update Permit set Number = 'm' where Id = 1"),
        SqlRace("Natural id of nobody yet", PermitAlone, session => PermitOf(session, "it", "m"), "update Permit set Number = 'm' where Id = 1") with { IsNeverCached = true },
        SqlRace("Row found by its natural id", Permit, session => PermitOf(session, "it", "n"), "update Permit set Holder = 'i' where Id = 1"),
        Collection<Mention>("Elements in any table", Route + "insert into Mention (Id) values (1); insert into MentionOther (mention_id, kind, id) values (1, 'zone', 1)", mention => Of(mention.Others.OrderBy(other => other is Zone)), "insert into MentionOther (mention_id, kind, id) values (1, 'route', 1)"),
        new("Collection of a composite key", Route + "insert into Visit (route_id, Number, Guest) values (1, 7, 'g'); insert into VisitNote (route_id, number, place, note) values (1, 7, 0, 'a')", session => Of(session.Get<Visit>(FirstVisit).Notes), session => Execute(session, "insert into VisitNote (route_id, number, place, note) values (1, 7, 1, 'b')")),
        Collection<Parcel>("Components with nulls", "insert into Parcel (Id) values (1); insert into ParcelLabel (parcel_id, Text, Colour) values (1, 'a', null), (1, 'b', 2)", parcel => Of(parcel.Labels.OrderBy(label => label.Text)), "update ParcelLabel set Colour = null"),
        Collection<Permit>("Bag with identifiers", Permit + "; insert into PermitStamp (stamp_id, permit_id, stamp) values ('00000000-0000-0000-0000-000000000005', 1, 'a')", permit => Of(permit.Stamps.Order()), "insert into PermitStamp (stamp_id, permit_id, stamp) values ('00000000-0000-0000-0000-000000000006', 1, 'b')"),
        Collection<Permit>("Array", Permit + "; insert into PermitVisa (permit_id, place, visa) values (1, 0, 'a'), (1, 2, 'c')", permit => Of(permit.Visas), "insert into PermitVisa (permit_id, place, visa) values (1, 1, 'b')"),
        Collection<Permit>("Map by rows of another table", Route + Permit + "; insert into PermitResidence (permit_id, zone_id, address) values (1, 1, 'a')", permit => Of(permit.Residences.Select(residence => $"{residence.Key.Id} {residence.Value}").Order()), "update PermitResidence set zone_id = 2"),
        Collection<Cat>("Inverse one-to-many", "", cat => Of(cat.Posts.OrderBy(post => post.Id)), "update Post set cat_id = 1 where Id = 2"),
        Collection<Post>("Many-to-many", "", post => Of(post.Tags.OrderBy(tag => tag.Id)), "insert into PostTag (post_id, tag_id) values (1, 2)"),
        Collection<Tag>("Inverse many-to-many", "", tag => Of(tag.Posts.OrderBy(post => post.Id)), "insert into PostTag (post_id, tag_id) values (2, 1)"),
        Collection<Basket>("One-to-many of the owner", "insert into Basket (Id) values (1); insert into Item (Id, Name, basket_id) values (1, 'a', 1), (2, 'b', null)", basket => Of(basket.Items.OrderBy(item => item.Id)), "update Item set basket_id = 1 where Id = 2"),
        Collection<Shelf>("One-to-many that loses an element", "insert into Shelf (Id, Name) values (1, 's'); insert into Book (Id, Title, shelf_id) values (1, 'a', 1), (2, 'b', 1)", shelf => Of(shelf.Books.OrderBy(book => book.Id)), "delete from Book where Id = 2"),
        Collection<Car>("Collection of a subclass", Vehicles, car => Of(car.Tags.OrderBy(tag => tag.Id)), "insert into CarTag (car_id, tag_id) values (1, 1)"),
        Collection<Folder>("Elements of several classes", "insert into Folder (Id, Name) values (1, 'f'); insert into Medium (Id, Name, kind, folder_id, Width) values (1, 'm', 'plain', 1, null), (2, 'p', 'picture', null, 3)", folder => Of(folder.Media.OrderBy(medium => medium.Id)), "update Medium set folder_id = 1 where Id = 2"),
        Collection<Person>("Values", "insert into Person (Id, Name) values (1, 'p'); insert into PersonNickname (person_id, nickname) values (1, 'a')", person => Of(person.Nicknames.Order()), "update PersonNickname set nickname = 'b'"),
        Collection<Person>("List", "insert into Person (Id, Name) values (1, 'p'); insert into PersonPhone (person_id, position, phone) values (1, 0, 'a'), (1, 1, 'b')", person => Of(person.Phones), "update PersonPhone set position = 2 - position"),
        Collection<Route>("Stops", Route + "insert into Stop (route_id, place, name) values (1, 0, 'a')", route => Of(route.Stops), "insert into Stop (route_id, place, name) values (1, 1, 'b')"),
        Collection<Route>("Map with a condition", Route + "insert into Fare (route_id, kind, amount) values (1, 'k', 0), (1, 'l', 3)", route => Of(route.Fares.Keys.Order()), "update Fare set amount = 4 where kind = 'k'"),
        Collection<Route>("Elements by another key", Route + "insert into RouteZone (route_id, zone_code) values (1, 'a')", route => Of(route.Zones.OrderBy(zone => zone.Id)), "update Zone set Code = 'c' where Id = 1; update Zone set Code = 'a' where Id = 2"),
        Collection<Route>("Elements that may be missing", Route + "insert into RouteTag (route_id, tag_id) values (1, 1), (1, 9)", route => Of(route.Tags.OrderBy(tag => tag.Id)), "insert into Tag (Id, Name) values (9, 'z')"),
        Collection<Route>("Elements by a condition of theirs", Route + "insert into RouteSomeZone (route_id, zone_id) values (1, 1), (1, 3)", route => Of(route.SomeZones), "update Zone set Code = 'c' where Id = 3") with { IsNeverCached = true },
        Collection<Route>("Elements in an order of theirs", Route + "insert into RouteSomeZone (route_id, zone_id) values (1, 1), (1, 2)", route => Of(route.SomeZones), "update Zone set Code = '0' where Id = 2") with { IsNeverCached = true },
        Collection<Route>("Collection by another key of the owner", Route + "insert into SightByCode (route_code, Name) values ('r', 's'), ('q', 't')", route => Of(route.SightsByCode.Select(sight => sight.Name)), "update SightByCode set Name = 'u' where route_code = 'r'"),
        Collection<Summary>("Collection with a loader of its own", "insert into Summary (Id, Title) values (1, 's')", summary => Of(summary.Tags.Order()), "insert into Tag (Id, Name) values (9, 'z')") with { IsNeverCached = true },
        SqlRace("Row that a query read", "", session => new object[] { session.CreateQuery("from Post p order by p.Id").List(), session.Get<Post>(1) }, "update Post set Title = 'changed' where Id = 1") with { IsNeverCached = true },
        SqlRace("Collection that a query fetched", "", session => Of(session.CreateQuery("from Post p left join fetch p.Tags").List<Post>().Distinct().Single(post => post.Id == 1).Tags), "insert into PostTag (post_id, tag_id) values (1, 2)") with { IsNeverCached = true },
        SqlRace("Row that native SQL read", "", session => session.CreateSQLQuery("select * from Post where Id = 1").AddEntity(typeof(Post)).UniqueResult(), "update Post set Title = 'changed' where Id = 1") with { IsNeverCached = true },
        SqlRace("Row that was read again", "", Refreshed, "update Post set Title = 'changed' where Id = 1") with { IsNeverCached = true },
    ];

    private const string PermitAlone = "insert into Permit (Id, Country, Number, Holder) values (1, 'it', 'n', 'h')";

    private const string Permit = PermitAlone + "; insert into PermitPhoto (Id, Colour) values (1, 'a')";

    /// <summary>The same object each time: NHibernate compares what a key refers to by its own equality.</summary>
    public static Visit FirstVisit { get; } = new() { Route = new Route { Id = 1 }, Number = 7 };

    private const string Vehicles = "insert into Vehicle (Id, Name) values (1, 'c'), (2, 't'); insert into Car (vehicle_id, Doors) values (1, 4); insert into Truck (vehicle_id, Capacity) values (2, 7); insert into Tipper (truck_id, Angle) values (2, 45)";

    /// <summary>Changes that NHibernate makes of entities in a session, which strategies of what is read only do not allow.</summary>
    public static IEnumerable<Race> OfWrittenEntities =>
    [
        new("Changed entity", "", session => session.Get<Post>(1), session => session.Get<Post>(1).Title = "changed"),
        new("Changed versioned entity", "", session => session.Get<Comment>(1), session => session.Get<Comment>(1).Text = "changed"),
        new("Changed subclass", Vehicles, session => session.Get<Vehicle>(2), session => ((Tipper)session.Get<Vehicle>(2)).Angle = 9),
        new("Deleted entity", "", session => session.Get<Post>(3), session => session.Delete(session.Get<Post>(3))),
        new("Entity deleted and saved again", "", session => session.Get<Comment>(1), session =>
        {
            session.Delete(session.Get<Comment>(1));
            session.Flush();
            session.Save(new Comment { Id = 1, Text = "again" });
        }),
        new("Detached entity", "", session => session.Get<Cat>(1), session => session.Update(new Cat { Id = 1, Title = "detached" })),
        new("Merged entity", "", session => session.Get<Comment>(1), session => session.Merge(new Comment { Id = 1, Version = 1, Text = "merged" })),
        new("Bulk HQL", "", session => session.Get<Post>(1), session => session.CreateQuery("update Post set Title = 'bulk' where Id < 3").ExecuteUpdate()),
        new("Stateless session", "", session => session.Get<Cat>(1), session => session.Stateless(stateless => stateless.Update(new Cat { Id = 1, Title = "stateless" }))),
        Collection<Cat>("Child given to a parent", "", cat => Of(cat.Posts.OrderBy(post => post.Id)), session => session.Get<Post>(2).Cat = session.Load<Cat>(1)),
        Collection<Post>("Element added", "", post => Of(post.Tags.OrderBy(tag => tag.Id)), session => session.Get<Post>(1).Tags.Add(session.Load<Tag>(2))),
        Collection<Tag>("Element added from the other side", "", tag => Of(tag.Posts.OrderBy(post => post.Id)), session => session.Get<Post>(2).Tags.Add(session.Load<Tag>(1))),
        Collection<Post>("Collection cleared", "", post => Of(post.Tags.OrderBy(tag => tag.Id)), session => session.Get<Post>(1).Tags.Clear()),
        Collection<Post>("Collection replaced", "", post => Of(post.Tags.OrderBy(tag => tag.Id)), session => session.Get<Post>(1).ReplaceTags(session.Load<Tag>(2))),
        Collection<Person>("List reordered", "insert into Person (Id, Name) values (1, 'p'); insert into PersonPhone (person_id, position, phone) values (1, 0, 'a'), (1, 1, 'b')", person => Of(person.Phones), session => session.Get<Person>(1).Phones.Insert(0, "c")),
        Collection<Route>("Map entry changed", Route + "insert into Fare (route_id, kind, amount) values (1, 'k', 2)", route => Of(route.Fares.Values), session => session.Get<Route>(1).Fares["k"] = 5),
        new("Entity re-attached unchanged", "insert into Badge (Id, Name, Team) values (1, 'b', 1)", session =>
        {
            session.Lock(new Badge { Id = 1, Name = "b", Team = 1 }, LockMode.None);
            session.Clear();
            return session.Get<Badge>(1);
        }, session => session.Get<Badge>(1).Name = "changed"),
    ];

    private static object? PermitOf(ISession session, string country, string number) =>
        session.CreateCriteria<Permit>().Add(Restrictions.NaturalId().Set("Country", country).Set("Number", number)).SetCacheable(true).UniqueResult();

    private static object? Refreshed(ISession session)
    {
        var post = session.Get<Post>(1);
        session.Refresh(post);
        return post;
    }

    /// <summary>
    /// One statement at a time, for what is not understood moves everything, and as if each concerned a table of no entity, for else
    /// NHibernate itself clears the regions of all entities.
    /// </summary>
    private static void Execute(ISession session, string statements)
    {
        foreach (var statement in statements.Split(';', StringSplitOptions.TrimEntries))
            ((ISynchronizableSQLQuery)session.CreateSQLQuery(statement)).AddSynchronizedQuerySpace("of_no_entity").ExecuteUpdate();
    }

    private static Race SqlRace(string name, string given, Func<ISession, object?> look, string change) => new(name, given, look, session => Execute(session, change));

    private static Race Entity<T>(string name, string given, object id, string change) => SqlRace(name, given, session => session.Get<T>(id), change);

    private static Race Collection<T>(string name, string given, Func<T, object?> look, string change) => Collection(name, given, look, session => Execute(session, change));

    private static Race Collection<T>(string name, string given, Func<T, object?> look, Action<ISession> change) =>
        new(name, given, session => look(session.Get<T>(1)), change);

    private static List<object?> Of(System.Collections.IEnumerable items) => [.. items.Cast<object?>()];
}
