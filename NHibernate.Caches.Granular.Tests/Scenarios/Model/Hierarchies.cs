using NHibernate.Caches.Granular.Tests.Blog;

namespace NHibernate.Caches.Granular.Tests.Scenarios.Model;

// The three inheritance strategies, classes that only share a C# base, and several classes on one table.

/// <summary>Joined tables.</summary>
public class Vehicle
{
    public virtual int Id { get; set; }

    public virtual string Name { get; set; } = "";
}

public class Car : Vehicle
{
    public virtual int Doors { get; set; }

    public virtual ISet<Tag> Tags { get; protected set; } = new HashSet<Tag>();
}

public class Truck : Vehicle
{
    public virtual int Capacity { get; set; }
}

/// <summary>A third level: three tables.</summary>
public class Tipper : Truck
{
    public virtual int Angle { get; set; }
}

public class Garage
{
    public virtual int Id { get; set; }

    public virtual Car? Car { get; set; }
}

/// <summary>One table for the hierarchy, discriminated by <c>kind</c>.</summary>
public class Payment
{
    public virtual int Id { get; set; }

    public virtual int Amount { get; set; }
}

/// <summary>What two of the classes have in common and their base has not; not mapped.</summary>
public interface IPaidAtOnce
{
    int Id { get; }

    int Amount { get; }
}

public class CardPayment : Payment, IPaidAtOnce
{
    public virtual string? Brand { get; set; }
}

public class CashPayment : Payment, IPaidAtOnce
{
    public virtual string? Place { get; set; }
}

/// <summary>A table for each concrete class.</summary>
public class Figure
{
    public virtual int Id { get; set; }

    public virtual string Name { get; set; } = "";
}

public class Disc : Figure
{
    public virtual int Radius { get; set; }
}

public class Block : Figure
{
    public virtual int Side { get; set; }
}

/// <summary>Not mapped: its subclasses have tables of their own.</summary>
public abstract class Document
{
    public virtual int Id { get; set; }

    public virtual string Title { get; set; } = "";
}

public class Note : Document;

public class Draft : Document;

public class Folder
{
    public virtual int Id { get; set; }

    public virtual string Name { get; set; } = "";

    public virtual ISet<Medium> Media { get; protected set; } = new HashSet<Medium>();
}

public class Medium
{
    public virtual int Id { get; set; }

    public virtual string Name { get; set; } = "";

    public virtual Folder? Folder { get; set; }
}

public class Picture : Medium
{
    public virtual int Width { get; set; }
}

/// <summary>A second class on the table of <see cref="Post"/>; not cached itself.</summary>
public class PostSummary
{
    public virtual int Id { get; set; }

    public virtual string Title { get; set; } = "";

    public virtual int? CatId { get; set; }

    public virtual bool Visible { get; set; }
}
