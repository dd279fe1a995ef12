namespace NHibernate.Caches.Granular.Tests.Scenarios.Model;

/// <summary>One column of each kind whose values the database and .NET may spell differently.</summary>
public class Sample
{
    public virtual int Id { get; set; }

    public virtual string Name { get; set; } = "";

    /// <summary>Of a column that is called otherwise.</summary>
    public virtual string? Renamed { get; set; }

    public virtual Guid? Token { get; set; }

    public virtual DateOnly? Day { get; set; }

    /// <summary>Without time zone.</summary>
    public virtual DateTime? At { get; set; }

    /// <summary>With time zone.</summary>
    public virtual DateTime? Instant { get; set; }

    public virtual TimeOnly? Clock { get; set; }

    /// <summary>As NHibernate stores it: ticks.</summary>
    public virtual TimeSpan? Span { get; set; }

    /// <summary>char(5).</summary>
    public virtual string? Code { get; set; }

    /// <summary>Of a collation that ignores case.</summary>
    public virtual string? Nick { get; set; }

    /// <summary>citext.</summary>
    public virtual string? Handle { get; set; }

    public virtual byte[]? Bytes { get; set; }

    /// <summary>Stored as a number.</summary>
    public virtual Level? Level { get; set; }

    /// <summary>Stored as its name.</summary>
    public virtual Level? LevelName { get; set; }

    /// <summary>Stored as Y or N.</summary>
    public virtual bool? Active { get; set; }

    public virtual Colour? Colour { get; set; }

    public virtual IReadOnlyList<string>? Words { get; set; }

    public virtual long? Big { get; set; }

    public virtual double? Real { get; set; }

    /// <summary>The database computes it: the name in lower case.</summary>
    public virtual string? Computed { get; protected set; }

    /// <summary>Not written: the column's default applies.</summary>
    public virtual string? Defaulted { get; protected set; }
}

public class Signature
{
    public virtual int Id { get; set; }

    public virtual string Name { get; set; } = "";

    /// <summary>Not written: a trigger sets it to the first letter of the name.</summary>
    public virtual string? Initial { get; protected set; }
}

public enum Level
{
    Low = 1,
    High = 2,
}

/// <summary>Prints itself by its name and is stored as a number that has nothing to do with it.</summary>
public sealed record Colour(string Name, int Stored)
{
    public static readonly Colour Red = new("red", 650);

    public static readonly Colour Blue = new("blue", 470);

    public static Colour Of(int stored) => stored == Red.Stored ? Red : Blue;

    public override string ToString() => Name;
}
