using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Mapping.ByCode;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Tests.Scenarios.Model;

/// <summary>The blog's mapping and everything else scenarios need. Classes are cached unless they say otherwise.</summary>
internal static partial class ScenarioMapping
{
    /// <summary>A filter that classes and queries share: colleagues of one team.</summary>
    public const string TeamFilter = "team";

    /// <summary>Every table, those that refer to others first.</summary>
    public static readonly string[] Tables =
    [
        "Node", "Pet", "Owner", "Book", "Shelf", "Item", "Basket", "Track", "Album", "Ledger", "LedgerTotal", "Passport",
        "PersonNickname", "PersonPhone", "Person", "Street", "City", "Labeling", "OrderLine", "Leaf", "Tree",
        "Garage", "CarTag", "Car", "Tipper", "Truck", "Vehicle", "Payment", "Disc", "Block", "Figure", "Note", "Draft", "Medium", "Folder",
        "Colleague", "Badge", "Article", "Ticket", "Entry", "Event", "Sample", "Signature",
    ];

    /// <summary>What the mapping cannot create: foreign-key actions, triggers, views, computed columns, collations.</summary>
    public const string Ddl = """
        create extension if not exists citext;
        create collation ignoring_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        alter table Sample alter column Nick type varchar(255) collate ignoring_case;
        alter table Sample alter column Handle type citext;
        alter table Sample drop column Computed;
        alter table Sample add column Computed varchar(255) generated always as (lower(Name)) stored;
        alter table Sample alter column Defaulted set default 'standard';
        create function first_letter() returns trigger language plpgsql as $$ begin new.Initial := left(new.Name, 1); return new; end $$;
        create trigger signature_initial before insert or update on Signature for each row execute function first_letter();

        alter table Pet add constraint pet_owner foreign key (owner_id) references Owner on delete set null;
        alter table Track add constraint track_album foreign key (album_id) references Album on delete cascade;
        create function add_to_total() returns trigger language plpgsql as
            $$ begin update LedgerTotal set Amount = Amount + new.Amount; return null; end $$;
        create trigger ledger_total after insert on Ledger for each row execute function add_to_total();

        create function move_post(number int, target int) returns int language plpgsql as
            $$ begin update Post set cat_id = target where Id = number; return target; end $$;
        create procedure move_all_posts(target int) language sql as $$ update Post set cat_id = target $$;
        create function count_posts() returns bigint language sql stable as $$ select count(*) from Post $$;
        create materialized view PostCount as select count(*) as n from Post;
        create table Event (Id int not null, Part int not null, Name text, primary key (Id, Part)) partition by list (Part);
        create table Event1 partition of Event for values in (1);
        create table Event2 partition of Event for values in (2);
        drop table VisiblePost;
        create view VisiblePost as select Id, Title from Post where Visible;
        """;

    public static ModelMapper Create()
    {
        var mapper = BlogMapping.Create();
        MapRelations(mapper);
        MapCollections(mapper);
        MapJoinedTables(mapper);
        MapOtherHierarchies(mapper);
        MapFeatures(mapper);
        MapSamples(mapper);
        return mapper;
    }

    private static void Map<T>(this ModelMapper mapper, System.Linq.Expressions.Expression<Func<T, int>> id, Action<Mapping.ByCode.IClassMapper<T>> rest, bool cached = true)
        where T : class => mapper.Class<T>(map =>
    {
        if (cached)
            map.Cache(cache => cache.Usage(CacheUsage.ReadWrite));
        map.Id(id, key => key.Generator(Generators.Assigned));
        rest(map);
    });

    /// <summary>A foreign key whose constraint the mapping does not create, because the database's own says more.</summary>
    private static void Unconstrained(this IManyToOneMapper reference, string column)
    {
        reference.Column(column);
        reference.ForeignKey("none");
    }

    private static void MapFeatures(ModelMapper mapper)
    {
        mapper.Map<Colleague>(colleague => colleague.Id, map =>
        {
            map.Version(colleague => colleague.Version, version => { });
            map.NaturalId(key => key.Property(colleague => colleague.Email), key => key.Mutable(true));
            map.DynamicUpdate(true);
            map.Property(colleague => colleague.Name);
            map.Property(colleague => colleague.Team);
            map.Component(colleague => colleague.Address, address =>
            {
                address.Property(a => a.City);
                address.Property(a => a.Zip);
            });
            map.Property(colleague => colleague.Bio, property => property.Lazy(true));
            map.Property(colleague => colleague.NameLength, property => property.Formula("length(Name)"));
            map.Filter(TeamFilter, filter => filter.Condition("Team = :number"));
        });
        mapper.Map<Badge>(badge => badge.Id, map =>
        {
            map.Property(badge => badge.Name);
            map.Property(badge => badge.Team, property => property.Update(false));
        });
        mapper.Map<Article>(article => article.Id, map =>
        {
            map.Where("Deleted = false");
            map.Property(article => article.Title);
            map.Property(article => article.Topic);
            map.Property(article => article.Deleted);
        });
        mapper.Class<Ticket>(map =>
        {
            map.Id(ticket => ticket.Id, id => id.Generator(Generators.GuidComb));
            map.Property(ticket => ticket.Holder);
        });
        mapper.Class<Entry>(map =>
        {
            map.Id(entry => entry.Id, id => id.Generator(Generators.Identity));
            map.Property(entry => entry.Text);
        });
        mapper.Map<CountedCat>(cat => cat.Id, map =>
        {
            map.Table("Cat");
            map.Property(cat => cat.Title);
            map.Property(cat => cat.PostCount, property => property.Formula("(select count(*) from Post p where p.cat_id = Id)"));
        });
        mapper.Map<BusyCat>(cat => cat.Id, map =>
        {
            map.Subselect("select c.Id, c.Title from Cat c where exists (select 1 from Post p where p.cat_id = c.Id)");
            map.Synchronize("Cat", "Post");
            map.Mutable(false);
            map.Property(cat => cat.Title);
        }, cached: false);
        mapper.Map<VisiblePost>(post => post.Id, map =>
        {
            map.Mutable(false);
            map.Property(post => post.Title);
        }, cached: false);
    }

    private static void MapSamples(ModelMapper mapper)
    {
        mapper.Map<Signature>(signature => signature.Id, map =>
        {
            map.Property(signature => signature.Name);
            map.Property(signature => signature.Initial, Unwritten);
        });
        mapper.Map<Sample>(sample => sample.Id, MapSample);
    }

    private static void MapSample(Mapping.ByCode.IClassMapper<Sample> map)
    {
        map.Property(sample => sample.Name);
        map.Property(sample => sample.Renamed, property => property.Column("other_name"));
        map.Property(sample => sample.Token);
        map.Property(sample => sample.Day, property => property.Type<DateOnlyAsDateType>());
        map.Property(sample => sample.At, property => property.Column("at_time"));
        map.Property(sample => sample.Instant, property =>
        {
            property.Type(NHibernateUtil.UtcDateTime);
            property.Column(column => column.SqlType("timestamptz"));
        });
        map.Property(sample => sample.Clock, property => property.Type<TimeOnlyAsTimeType>());
        map.Property(sample => sample.Span);
        map.Property(sample => sample.Code, property => property.Column(column => column.SqlType("char(5)")));
        map.Property(sample => sample.Nick);
        map.Property(sample => sample.Handle);
        map.Property(sample => sample.Bytes);
        map.Property(sample => sample.Level);
        map.Property(sample => sample.LevelName, property => property.Type<EnumStringType<Level>>());
        map.Property(sample => sample.Active, property => property.Type<YesNoType>());
        map.Property(sample => sample.Colour, property => property.Type<ColourType>());
        map.Property(sample => sample.Words, property => property.Type<WordsType>());
        map.Property(sample => sample.Big);
        map.Property(sample => sample.Real, property => property.Column("real_number"));
        map.Property(sample => sample.Computed, Unwritten);
        map.Property(sample => sample.Defaulted, Unwritten);
    }

    private static void Unwritten(Mapping.ByCode.IPropertyMapper property)
    {
        property.Insert(false);
        property.Update(false);
    }
}
