using NHibernate.Caches.Granular.Tests.Blog;

namespace NHibernate.Caches.Granular.Tests.Scenarios.Model;

// Kinds of relation that the blog does not have. Ids are assigned, so that scenarios name rows.

/// <summary>Joins itself.</summary>
public class Node
{
    public virtual int Id { get; set; }

    public virtual string Name { get; set; } = "";

    public virtual Node? Parent { get; set; }
}

public class Owner
{
    public virtual int Id { get; set; }

    public virtual string Name { get; set; } = "";
}

/// <summary>The database sets <c>owner_id</c> to NULL when the owner is deleted.</summary>
public class Pet
{
    public virtual int Id { get; set; }

    public virtual string Name { get; set; } = "";

    public virtual Owner? Owner { get; set; }
}

public class Shelf
{
    public virtual int Id { get; set; }

    public virtual string Name { get; set; } = "";

    /// <summary>Inverse; NHibernate deletes the books with the shelf.</summary>
    public virtual IList<Book> Books { get; protected set; } = [];
}

public class Book
{
    public virtual int Id { get; set; }

    public virtual string Title { get; set; } = "";

    public virtual Shelf? Shelf { get; set; }
}

public class Basket
{
    public virtual int Id { get; set; }

    /// <summary>Not inverse: NHibernate writes the foreign key by UPDATEs of its own, which no entity event reports.</summary>
    public virtual IList<Item> Items { get; protected set; } = [];
}

public class Item
{
    public virtual int Id { get; set; }

    public virtual string Name { get; set; } = "";
}

public class Album
{
    public virtual int Id { get; set; }

    public virtual string Title { get; set; } = "";
}

/// <summary>The database deletes it with its album.</summary>
public class Track
{
    public virtual int Id { get; set; }

    public virtual string Title { get; set; } = "";

    public virtual Album? Album { get; set; }
}

/// <summary>A trigger adds what is inserted to the <see cref="LedgerTotal"/>.</summary>
public class Ledger
{
    public virtual int Id { get; set; }

    public virtual int Amount { get; set; }
}

public class LedgerTotal
{
    public virtual int Id { get; set; }

    public virtual int Amount { get; set; }
}

public class Person
{
    public virtual int Id { get; set; }

    public virtual string Name { get; set; } = "";

    /// <summary>The other end of a one-to-one whose foreign key is the passport's.</summary>
    public virtual Passport? Passport { get; set; }

    public virtual ISet<string> Nicknames { get; protected set; } = new HashSet<string>();

    public virtual IList<string> Phones { get; protected set; } = [];
}

public class Passport
{
    public virtual int Id { get; set; }

    public virtual string Number { get; set; } = "";

    public virtual Person? Person { get; set; }
}

public class City
{
    public virtual int Id { get; set; }

    public virtual string Code { get; set; } = "";

    public virtual string Name { get; set; } = "";
}

/// <summary>Refers to a city by its code, which is not its primary key.</summary>
public class Street
{
    public virtual int Id { get; set; }

    public virtual string Name { get; set; } = "";

    public virtual City? City { get; set; }
}

/// <summary>A link with a payload.</summary>
public class Labeling
{
    public virtual int Id { get; set; }

    public virtual Post? Post { get; set; }

    public virtual Tag? Tag { get; set; }

    public virtual int Weight { get; set; }
}

public class OrderLine
{
    public virtual int OrderNo { get; set; }

    public virtual int LineNo { get; set; }

    public virtual string Product { get; set; } = "";

    public override bool Equals(object? obj) => obj is OrderLine other && (OrderNo, LineNo) == (other.OrderNo, other.LineNo);

    public override int GetHashCode() => HashCode.Combine(OrderNo, LineNo);
}

/// <summary>Counts its leaves; an event handler keeps the count.</summary>
public class Tree
{
    public virtual int Id { get; set; }

    public virtual int Leaves { get; set; }
}

public class Leaf
{
    public virtual int Id { get; set; }

    public virtual Tree? Tree { get; set; }
}
