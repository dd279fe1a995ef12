using NHibernate.Mapping.ByCode;

namespace NHibernate.Caches.Granular.Tests.Scenarios.Model;

internal static partial class ScenarioMapping
{
    private static void MapRelations(ModelMapper mapper)
    {
        mapper.Map<Node>(node => node.Id, map =>
        {
            map.Property(node => node.Name);
            map.ManyToOne(node => node.Parent, parent => parent.Unconstrained("parent_id"));
        }, cached: false);
        mapper.Map<Owner>(owner => owner.Id, map => map.Property(owner => owner.Name), cached: false);
        mapper.Map<Pet>(pet => pet.Id, map =>
        {
            map.Property(pet => pet.Name);
            map.ManyToOne(pet => pet.Owner, owner => owner.Unconstrained("owner_id"));
        });
        mapper.Map<Book>(book => book.Id, map =>
        {
            map.Property(book => book.Title);
            map.ManyToOne(book => book.Shelf, shelf => shelf.Column("shelf_id"));
        });
        mapper.Map<Item>(item => item.Id, map => map.Property(item => item.Name));
        mapper.Map<Album>(album => album.Id, map => map.Property(album => album.Title));
        mapper.Map<Track>(track => track.Id, map =>
        {
            map.Property(track => track.Title);
            map.ManyToOne(track => track.Album, album => album.Unconstrained("album_id"));
        });
        mapper.Map<Ledger>(ledger => ledger.Id, map => map.Property(ledger => ledger.Amount));
        mapper.Map<LedgerTotal>(total => total.Id, map => map.Property(total => total.Amount));
        mapper.Map<Passport>(passport => passport.Id, map =>
        {
            map.Property(passport => passport.Number);
            map.ManyToOne(passport => passport.Person, person =>
            {
                person.Column("person_id");
                person.Unique(true);
            });
        });
        mapper.Map<City>(city => city.Id, map =>
        {
            map.Property(city => city.Code, code => code.Unique(true));
            map.Property(city => city.Name);
        });
        mapper.Map<Street>(street => street.Id, map =>
        {
            map.Property(street => street.Name);
            map.ManyToOne(street => street.City, city =>
            {
                city.Column("city_code");
                city.PropertyRef(nameof(City.Code));
            });
        });
        mapper.Map<Labeling>(labeling => labeling.Id, map =>
        {
            map.ManyToOne(labeling => labeling.Post, post => post.Column("post_id"));
            map.ManyToOne(labeling => labeling.Tag, tag => tag.Column("tag_id"));
            map.Property(labeling => labeling.Weight);
        });
        mapper.Class<OrderLine>(map =>
        {
            map.ComposedId(id =>
            {
                id.Property(line => line.OrderNo);
                id.Property(line => line.LineNo);
            });
            map.Property(line => line.Product);
        });
        mapper.Map<Tree>(tree => tree.Id, map => map.Property(tree => tree.Leaves));
        mapper.Map<Leaf>(leaf => leaf.Id, map => map.ManyToOne(leaf => leaf.Tree, tree => tree.Column("tree_id")));
    }

    private static void MapCollections(ModelMapper mapper)
    {
        mapper.Map<Shelf>(shelf => shelf.Id, map =>
        {
            map.Property(shelf => shelf.Name);
            map.Bag(shelf => shelf.Books, bag =>
            {
                bag.Key(key => key.Column("shelf_id"));
                bag.Inverse(true);
                bag.Cascade(Mapping.ByCode.Cascade.All | Mapping.ByCode.Cascade.DeleteOrphans);
                bag.Cache(cache => cache.Usage(CacheUsage.ReadWrite));
            }, relation => relation.OneToMany());
        });
        mapper.Map<Basket>(basket => basket.Id, map => map.Bag(basket => basket.Items, bag =>
        {
            bag.Key(key => key.Column("basket_id"));
            bag.Cache(cache => cache.Usage(CacheUsage.ReadWrite));
        }, relation => relation.OneToMany()));
        mapper.Map<Person>(person => person.Id, map =>
        {
            map.Property(person => person.Name);
            map.OneToOne(person => person.Passport, passport => passport.PropertyReference(typeof(Passport).GetProperty(nameof(Passport.Person))));
            map.Set(person => person.Nicknames, set =>
            {
                set.Table("PersonNickname");
                set.Key(key => key.Column("person_id"));
            }, relation => relation.Element(element => element.Column("nickname")));
            map.List(person => person.Phones, list =>
            {
                list.Table("PersonPhone");
                list.Key(key => key.Column("person_id"));
                list.Index(index => index.Column("position"));
            }, relation => relation.Element(element => element.Column("phone")));
        });
    }

    private static void MapJoinedTables(ModelMapper mapper)
    {
        mapper.Map<Vehicle>(vehicle => vehicle.Id, map => map.Property(vehicle => vehicle.Name));
        mapper.JoinedSubclass<Car>(map =>
        {
            map.Key(key => key.Column("vehicle_id"));
            map.Property(car => car.Doors);
            map.Set(car => car.Tags, set =>
            {
                set.Table("CarTag");
                set.Key(key => key.Column("car_id"));
                set.Cache(cache => cache.Usage(CacheUsage.ReadWrite));
            }, relation => relation.ManyToMany(many => many.Column("tag_id")));
        });
        mapper.JoinedSubclass<Truck>(map =>
        {
            map.Key(key => key.Column("vehicle_id"));
            map.Property(truck => truck.Capacity);
        });
        mapper.JoinedSubclass<Tipper>(map =>
        {
            map.Key(key => key.Column("truck_id"));
            map.Property(tipper => tipper.Angle);
        });
        mapper.Map<Garage>(garage => garage.Id, map => map.ManyToOne(garage => garage.Car, car => car.Column("car_id")));
    }

    private static void MapOtherHierarchies(ModelMapper mapper)
    {
        mapper.Map<Payment>(payment => payment.Id, map =>
        {
            map.Discriminator(discriminator => discriminator.Column("kind"));
            map.DiscriminatorValue("any");
            map.Property(payment => payment.Amount);
        });
        mapper.Subclass<CardPayment>(map =>
        {
            map.DiscriminatorValue("card");
            map.Property(payment => payment.Brand);
        });
        mapper.Subclass<CashPayment>(map =>
        {
            map.DiscriminatorValue("cash");
            map.Property(payment => payment.Place);
        });
        mapper.Map<Figure>(figure => figure.Id, map => map.Property(figure => figure.Name));
        mapper.UnionSubclass<Disc>(map => map.Property(disc => disc.Radius));
        mapper.UnionSubclass<Block>(map => map.Property(block => block.Side));
        mapper.Map<Note>(note => note.Id, map => map.Property(note => note.Title));
        mapper.Map<Draft>(draft => draft.Id, map => map.Property(draft => draft.Title));
        mapper.Map<Folder>(folder => folder.Id, map =>
        {
            map.Property(folder => folder.Name);
            map.Set(folder => folder.Media, set =>
            {
                set.Key(key => key.Column("folder_id"));
                set.Inverse(true);
                set.Cache(cache => cache.Usage(CacheUsage.ReadWrite));
            }, relation => relation.OneToMany());
        });
        mapper.Map<Medium>(medium => medium.Id, map =>
        {
            map.Discriminator(discriminator => discriminator.Column("kind"));
            map.DiscriminatorValue("plain");
            map.Property(medium => medium.Name);
            map.ManyToOne(medium => medium.Folder, folder => folder.Column("folder_id"));
        });
        mapper.Subclass<Picture>(map =>
        {
            map.DiscriminatorValue("picture");
            map.Property(picture => picture.Width);
        });
        mapper.Map<PostSummary>(post => post.Id, map =>
        {
            map.Table("Post");
            map.Property(post => post.Title);
            map.Property(post => post.CatId, property => property.Column("cat_id"));
            map.Property(post => post.Visible);
        }, cached: false);
    }
}
