using NHibernate.Mapping.ByCode;

namespace NHibernate.Caches.Granular.Tests.Profiles.Art;

/// <summary>What things of a gallery have in common.</summary>
public abstract class Named
{
    public virtual int Id { get; set; }

    public virtual string Name { get; set; } = "";
}

public class Artist : Named
{
    public virtual string Code { get; set; } = "";

    public virtual IList<Work> Works { get; protected set; } = [];

    public virtual IList<string> Nicknames { get; protected set; } = [];

    public virtual Country? Country { get; set; }
}

/// <summary>A hierarchy in one table.</summary>
public class Work : Named
{
    public virtual Artist? Artist { get; set; }

    public virtual int Price { get; set; }
}

public class Painting : Work;

public class Sculpture : Work;

/// <summary>It does not change.</summary>
public class Country : Named;

/// <summary>A mapping without a word about caching, but for one class that is never cached.</summary>
internal static class Gallery
{
    public static IEnumerable<string> Tables => ["Visitor", "Nickname", "Work", "Artist", "Country", "Secret"];

    public static ModelMapper Map()
    {
        var mapper = new ModelMapper();
        mapper.Class<Artist>(map =>
        {
            map.Id(artist => artist.Id, id => id.Generator(Generators.Assigned));
            map.NaturalId(id => id.Property(artist => artist.Code));
            map.Property(artist => artist.Name);
            map.ManyToOne(artist => artist.Country, reference => reference.Column("country_id"));
            map.Bag(artist => artist.Works, bag =>
            {
                bag.Key(key => key.Column("artist_id"));
                bag.Inverse(true);
            }, relation => relation.OneToMany());
            map.Bag(artist => artist.Nicknames, bag =>
            {
                bag.Table("Nickname");
                bag.Key(key => key.Column("artist_id"));
            }, relation => relation.Element(element => element.Column("nickname")));
        });
        mapper.Class<Work>(map =>
        {
            map.Id(work => work.Id, id => id.Generator(Generators.Assigned));
            map.Discriminator(column => column.Column("kind"));
            map.Property(work => work.Name);
            map.Property(work => work.Price);
            map.ManyToOne(work => work.Artist, reference => reference.Column("artist_id"));
        });
        mapper.Subclass<Painting>(map => map.DiscriminatorValue("painting"));
        mapper.Subclass<Sculpture>(map => map.DiscriminatorValue("sculpture"));
        mapper.Class<Country>(map =>
        {
            map.Mutable(false);
            map.Id(country => country.Id, id => id.Generator(Generators.Assigned));
            map.Property(country => country.Name);
        });
        mapper.Class<Guests.Visitor>(map =>
        {
            map.Cache(cache => cache.Usage(CacheUsage.ReadWrite));
            map.Id(visitor => visitor.Id, id => id.Generator(Generators.Assigned));
            map.Property(visitor => visitor.Name);
            map.ManyToOne(visitor => visitor.Favourite, reference => reference.Column("favourite_id"));
        });
        mapper.Class<Guests.Secret>(map =>
        {
            map.Cache(cache => cache.Usage(CacheUsage.Never));
            map.Id(secret => secret.Id, id => id.Generator(Generators.Assigned));
            map.Property(secret => secret.Name);
        });
        return mapper;
    }

    public static void Fill(ISession session)
    {
        var spain = new Country { Id = 1, Name = "Spain" };
        var first = new Artist { Id = 1, Code = "A1", Name = "first", Country = spain };
        var second = new Artist { Id = 2, Code = "A2", Name = "second" };
        first.Nicknames.Add("uno");
        object[] all =
        [
            spain, first, second,
            new Painting { Id = 1, Name = "one", Artist = first, Price = 10 },
            new Painting { Id = 2, Name = "two", Artist = second, Price = 20 },
            new Sculpture { Id = 3, Name = "three", Artist = first, Price = 30 },
            new Guests.Visitor { Id = 1, Name = "guest", Favourite = first },
            new Guests.Secret { Id = 1, Name = "hidden" },
        ];
        foreach (var entity in all)
            session.Save(entity);
    }
}
