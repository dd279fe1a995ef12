namespace NHibernate.Caches.Granular.Tests.Merging.Model;

// Nothing here is cached by a region of its own, except publishers.
public class Book
{
    public virtual int Id { get; set; }

    public virtual int Version { get; set; }

    public virtual string Name { get; set; } = "";

    public virtual string Shelf { get; set; } = "";

    public virtual Author? Author { get; set; }

    public virtual Publisher? Publisher { get; set; }

    public virtual Size? Size { get; set; }

    public virtual string? Summary { get; set; }

    public virtual int NameLength { get; protected set; }

    public virtual IList<Chapter> Chapters { get; protected set; } = [];

    public virtual ISet<string> Words { get; protected set; } = new HashSet<string>();
}

public class Author
{
    public virtual int Id { get; set; }

    public virtual string Name { get; set; } = "";

    public virtual ISet<Book> Books { get; protected set; } = new HashSet<Book>();
}

public class Publisher
{
    public virtual int Id { get; set; }

    public virtual string Name { get; set; } = "";
}

public class Chapter
{
    public virtual int Id { get; set; }

    public virtual string Name { get; set; } = "";

    public virtual Book? Book { get; set; }
}

/// <summary>A component, which is null when both are.</summary>
public class Size
{
    public virtual int? Height { get; set; }

    public virtual int? Width { get; set; }
}

/// <summary>A class for each subclass's table.</summary>
public class Medium
{
    public virtual int Id { get; set; }

    public virtual string Name { get; set; } = "";
}

public class Disc : Medium
{
    public virtual int Minutes { get; set; }
}

public class Letter : Medium
{
    public virtual string? Sender { get; set; }
}

/// <summary>An identifier of two columns, one of which is a reference.</summary>
public class Loan
{
    public virtual Author? Reader { get; set; }

    public virtual int Number { get; set; }

    public virtual string Name { get; set; } = "";

    /// <summary>A book or a medium.</summary>
    public virtual object? Lent { get; set; }

    public override bool Equals(object? obj) => obj is Loan other && other.Reader?.Id == Reader?.Id && other.Number == Number;

    public override int GetHashCode() => HashCode.Combine(Reader?.Id, Number);
}

/// <summary>Has one to one, at most, a note; and may refer to a shelf by its code, which need not exist.</summary>
public class Card
{
    public virtual int Id { get; set; }

    public virtual string Name { get; set; } = "";

    public virtual Note? Note { get; set; }

    public virtual Shelf? Shelf { get; set; }

    public virtual Shelf? Former { get; set; }
}

public class Note
{
    public virtual int Id { get; set; }

    public virtual string Name { get; set; } = "";

    public virtual Card? Card { get; set; }
}

public class Shelf
{
    public virtual int Id { get; set; }

    public virtual string Code { get; set; } = "";

    public virtual IDictionary<string, Author> Keepers { get; protected set; } = new Dictionary<string, Author>();
}

/// <summary>Its subjects are in a set, in a map as keys, and in a component's sorted set, whose key is the code.</summary>
public class Catalogue
{
    public virtual int Id { get; set; }

    public virtual int Version { get; set; }

    public virtual string Code { get; set; } = "";

    public virtual ISet<Subject> Subjects { get; protected set; } = new HashSet<Subject>();

    public virtual IDictionary<Subject, int> Pages { get; protected set; } = new Dictionary<Subject, int>();

    public virtual CatalogueIndex Index { get; protected set; } = new();
}

public class CatalogueIndex
{
    /// <summary>Not the catalogue's.</summary>
    public virtual string Code { get; set; } = "";

    public virtual ISet<Subject> Sorted { get; protected set; } = new SortedSet<Subject>();
}

/// <summary>Equals what is named alike, and is sorted by name.</summary>
#pragma warning disable CA1036 // Nobody compares two of them but the set.
public class Subject : IComparable<Subject>
#pragma warning restore CA1036
{
    public virtual int Id { get; set; }

    public virtual string Name { get; set; } = "";

    public override bool Equals(object? obj) => obj is Subject other && other.Name == Name;

    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    public virtual int CompareTo(Subject? other) => string.CompareOrdinal(Name, other?.Name);
}

/// <summary>Its user types do not care for caches.</summary>
public class Curio
{
    public virtual int Id { get; set; }

    public virtual string Name { get; set; } = "";

    /// <summary>Cannot be disassembled.</summary>
    public virtual string? Oddity { get; set; }

    /// <summary>Can be disassembled, and not assembled.</summary>
    public virtual string? Rarity { get; set; }
}
