namespace NHibernate.Caches.Granular.Oracle.Rows;

/// <summary>A row whose column grows with every committed change, so that a reader can tell how old what it got is.</summary>
public interface IRevised
{
    int Id { get; set; }

    long Rev { get; set; }
}

/// <summary>Read-write, unversioned; the parent of an inverse collection.</summary>
public class Shelf : IRevised
{
    public virtual int Id { get; set; }

    public virtual long Rev { get; set; }

    public virtual IList<Item> Items { get; protected set; } = [];
}

/// <summary>Read-write, unversioned: moves between shelves, changes tags, comes and goes.</summary>
public class Item : IRevised
{
    public virtual int Id { get; set; }

    public virtual string Code { get; set; } = "";

    public virtual long Rev { get; set; }

    public virtual bool IsOpen { get; set; }

    public virtual Shelf? Shelf { get; set; }

    public virtual ISet<Tag> Tags { get; protected set; } = new HashSet<Tag>();
}

/// <summary>Read-write, never changed; the other side of what items have.</summary>
public class Tag
{
    public virtual int Id { get; set; }

    public virtual ISet<Item> Items { get; protected set; } = new HashSet<Item>();
}

/// <summary>Read-write, versioned.</summary>
public class Doc : IRevised
{
    public virtual int Id { get; set; }

    public virtual int Version { get; set; }

    public virtual long Rev { get; set; }
}

/// <summary>Nonstrict read-write, unversioned.</summary>
public class Note : IRevised
{
    public virtual int Id { get; set; }

    public virtual long Rev { get; set; }
}

/// <summary>Nonstrict read-write, versioned.</summary>
public class Memo : IRevised
{
    public virtual int Id { get; set; }

    public virtual int Version { get; set; }

    public virtual long Rev { get; set; }
}
