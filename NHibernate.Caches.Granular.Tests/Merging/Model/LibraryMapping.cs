using NHibernate.Mapping.ByCode;

namespace NHibernate.Caches.Granular.Tests.Merging.Model;

/// <summary>The mapping of the library, by code; identifiers are assigned.</summary>
internal static class LibraryMapping
{
    public static IEnumerable<string> Tables => ["CatalogueSubject", "CataloguePage", "CatalogueIndex", "Catalogue", "Subject", "Curio", "Keeper", "Loan", "Note", "Card", "Shelf", "Disc", "Letter", "Medium", "Word", "Chapter", "Book", "Author", "Publisher"];

    public static ModelMapper Create()
    {
        var mapper = new ModelMapper();
        MapBooks(mapper);
        MapMedia(mapper);
        MapCards(mapper);
        MapCatalogues(mapper);
        return mapper;
    }

    private static void MapBooks(ModelMapper mapper)
    {
        mapper.Class<Publisher>(map =>
        {
            map.Cache(cache => cache.Usage(CacheUsage.ReadWrite));
            map.Id(publisher => publisher.Id, id => id.Generator(Generators.Assigned));
            map.Property(publisher => publisher.Name);
        });
        mapper.Class<Author>(map =>
        {
            map.Id(author => author.Id, id => id.Generator(Generators.Assigned));
            map.Property(author => author.Name);
            map.Set(author => author.Books, set =>
            {
                set.Key(key => key.Column("author_id"));
                set.Inverse(true);
            }, relation => relation.OneToMany());
        });
        mapper.Class<Book>(map =>
        {
            map.Id(book => book.Id, id => id.Generator(Generators.Assigned));
            map.Version(book => book.Version, version => { });
            map.NaturalId(key => key.Property(book => book.Shelf));
            map.Property(book => book.Name);
            map.Property(book => book.Summary, property => property.Lazy(true));
            map.Property(book => book.NameLength, property => property.Formula("length(Name)"));
            map.Component(book => book.Size, size =>
            {
                size.Property(s => s!.Height);
                size.Property(s => s!.Width);
            });
            map.ManyToOne(book => book.Author, reference => reference.Column("author_id"));
            map.ManyToOne(book => book.Publisher, reference => reference.Column("publisher_id"));
            map.List(book => book.Chapters, list =>
            {
                list.Key(key => key.Column("book_id"));
                list.Index(index => index.Column("place"));
            }, relation => relation.OneToMany());
            map.Set(book => book.Words, set =>
            {
                set.Table("Word");
                set.Key(key => key.Column("book_id"));
            }, relation => relation.Element(element => element.Column("word")));
        });
        mapper.Class<Chapter>(map =>
        {
            map.Id(chapter => chapter.Id, id => id.Generator(Generators.Assigned));
            map.Property(chapter => chapter.Name);
            map.ManyToOne(chapter => chapter.Book, reference =>
            {
                reference.Column("book_id");
                reference.Insert(false);
                reference.Update(false);
            });
        });
    }

    private static void MapMedia(ModelMapper mapper)
    {
        mapper.Class<Medium>(map =>
        {
            map.Id(medium => medium.Id, id => id.Generator(Generators.Assigned));
            map.Property(medium => medium.Name);
        });
        mapper.JoinedSubclass<Disc>(map =>
        {
            map.Key(key => key.Column("id"));
            map.Property(disc => disc.Minutes);
        });
        mapper.JoinedSubclass<Letter>(map =>
        {
            map.Key(key => key.Column("id"));
            map.Property(letter => letter.Sender);
        });
        mapper.Class<Loan>(map =>
        {
            map.ComposedId(id =>
            {
                id.ManyToOne(loan => loan.Reader, reference => reference.Column("reader_id"));
                id.Property(loan => loan.Number);
            });
            map.Property(loan => loan.Name);
            map.Any(loan => loan.Lent, typeof(int), any =>
            {
                any.MetaValue("B", typeof(Book));
                any.MetaValue("D", typeof(Disc));
                any.Columns(id => id.Name("lent_id"), kind => kind.Name("lent_kind"));
            });
        });
    }

    private static void MapCards(ModelMapper mapper)
    {
        mapper.Class<Card>(map =>
        {
            map.Id(card => card.Id, id => id.Generator(Generators.Assigned));
            map.Property(card => card.Name);
            map.OneToOne(card => card.Note, relation => relation.PropertyReference(typeof(Note).GetProperty(nameof(Note.Card))));
            map.ManyToOne(card => card.Shelf, reference =>
            {
                reference.Column("shelf_code");
                reference.PropertyRef(nameof(Shelf.Code));
                reference.ForeignKey("none");
            });
            map.ManyToOne(card => card.Former, reference =>
            {
                reference.Column("former_id");
                reference.NotFound(NotFoundMode.Ignore);
                reference.ForeignKey("none");
            });
        });
        mapper.Class<Curio>(map =>
        {
            map.Id(curio => curio.Id, id => id.Generator(Generators.Assigned));
            map.Property(curio => curio.Name);
            map.Property(curio => curio.Oddity, property => property.Type<OddType>());
            map.Property(curio => curio.Rarity, property => property.Type<RareType>());
        });
        mapper.Class<Note>(map =>
        {
            map.Id(note => note.Id, id => id.Generator(Generators.Assigned));
            map.Property(note => note.Name);
            map.ManyToOne(note => note.Card, reference =>
            {
                reference.Column("card_id");
                reference.Unique(true);
            });
        });
        mapper.Class<Shelf>(map =>
        {
            map.Id(shelf => shelf.Id, id => id.Generator(Generators.Assigned));
            map.Property(shelf => shelf.Code, property => property.Unique(true));
            map.Map(
                shelf => shelf.Keepers,
                keepers =>
                {
                    keepers.Table("Keeper");
                    keepers.Key(key => key.Column("shelf_id"));
                },
                key => key.Element(element => element.Column("day")),
                relation => relation.ManyToMany(many => many.Column("author_id")));
        });
    }

    private static void MapCatalogues(ModelMapper mapper)
    {
        mapper.Class<Subject>(map =>
        {
            map.Id(subject => subject.Id, id => id.Generator(Generators.Assigned));
            map.Property(subject => subject.Name);
        });
        mapper.Class<Catalogue>(map =>
        {
            map.Id(catalogue => catalogue.Id, id => id.Generator(Generators.Assigned));
            map.Version(catalogue => catalogue.Version, version => { });
            map.Property(catalogue => catalogue.Code, property => property.Unique(true));
            map.Set(
                catalogue => catalogue.Subjects,
                set =>
                {
                    set.Table("CatalogueSubject");
                    set.Key(key => key.Column("catalogue_id"));
                },
                relation => relation.ManyToMany(many => many.Column("subject_id")));
            map.Map(
                catalogue => catalogue.Pages,
                pages =>
                {
                    pages.Table("CataloguePage");
                    pages.Key(key => key.Column("catalogue_id"));
                },
                key => key.ManyToMany(many => many.Column("subject_id")),
                relation => relation.Element(element => element.Column("page")));
            map.Component(catalogue => catalogue.Index, index =>
            {
                index.Property(i => i.Code, property => property.Column("index_code"));
                index.Set(
                    i => i.Sorted,
                    set =>
                    {
                        set.Table("CatalogueIndex");
                        set.Sort();
                        set.Key(key =>
                        {
                            key.Column("catalogue_code");
                            // Which is the catalogue's, though it must be said so.
                            key.PropertyRef(i => i.Code);
                            key.ForeignKey("none");
                        });
                    },
                    relation => relation.ManyToMany(many => many.Column("subject_id")));
            });
        });
    }
}
