namespace NHibernate.Caches.Granular.Tests.Scenarios.Model;

// What NHibernate's mappings can do beyond columns and references.

/// <summary>Versioned, written column by column, with a natural id, a component, a lazy property and formulas.</summary>
public class Colleague
{
    public virtual int Id { get; set; }

    public virtual int Version { get; set; }

    /// <summary>The natural id.</summary>
    public virtual string Email { get; set; } = "";

    public virtual string Name { get; set; } = "";

    public virtual int Team { get; set; }

    public virtual Address Address { get; set; } = new();

    /// <summary>Lazy.</summary>
    public virtual string? Bio { get; set; }

    /// <summary>A formula on the colleague's own row.</summary>
    public virtual int NameLength { get; protected set; }
}

public class Address
{
    public virtual string? City { get; set; }

    public virtual string? Zip { get; set; }
}

/// <summary>Only the name is ever updated, whatever else was set in memory.</summary>
public class Badge
{
    public virtual int Id { get; set; }

    public virtual string Name { get; set; } = "";

    public virtual int Team { get; set; }
}

/// <summary>Soft-deleted rows are hidden by the mapping's <c>where</c>.</summary>
public class Article
{
    public virtual int Id { get; set; }

    public virtual string Title { get; set; } = "";

    public virtual int Topic { get; set; }

    public virtual bool Deleted { get; set; }
}

/// <summary>Its key is made by NHibernate.</summary>
public class Ticket
{
    public virtual Guid Id { get; set; }

    public virtual string Holder { get; set; } = "";
}

/// <summary>Its key is made by the database.</summary>
public class Entry
{
    public virtual int Id { get; set; }

    public virtual string Text { get; set; } = "";
}

/// <summary>A category with the number of its posts, by a formula that reads another table.</summary>
public class CountedCat
{
    public virtual int Id { get; set; }

    public virtual string Title { get; set; } = "";

    public virtual long PostCount { get; protected set; }
}

/// <summary>Categories that have posts, by a <c>subselect</c> mapping.</summary>
public class BusyCat
{
    public virtual int Id { get; set; }

    public virtual string Title { get; set; } = "";
}

/// <summary>A database view that the mapping does not declare to be one.</summary>
public class VisiblePost
{
    public virtual int Id { get; set; }

    public virtual string Title { get; set; } = "";
}
