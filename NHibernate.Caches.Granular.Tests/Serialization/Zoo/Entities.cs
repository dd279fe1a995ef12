namespace NHibernate.Caches.Granular.Tests.Serialization.Zoo;

public enum Species : short
{
    Cat = 1,
    Dog = 2,
}

public class Animal
{
    public virtual int Id { get; set; }

    public virtual string? Name { get; set; }

    public virtual Species Species { get; set; }

    public virtual Home? Home { get; set; }

    public virtual Money? Price { get; set; }

    public virtual Keeper? Keeper { get; set; }

    public virtual object? Companion { get; set; }

    public virtual IList<string> Names { get; set; } = [];

    public virtual ISet<string> Foods { get; set; } = new HashSet<string>();

    public virtual IDictionary<string, Keeper> Nurses { get; set; } = new Dictionary<string, Keeper>();
}

public class Home
{
    public virtual string? House { get; set; }

    public virtual int? Floor { get; set; }
}

public class Keeper
{
    public virtual Guid Id { get; set; }

    public virtual string? Name { get; set; }
}

/// <summary>Whose identifier is an animal and a day.</summary>
public class Feeding
{
    public virtual FeedingId Id { get; set; } = new();

    public virtual decimal Amount { get; set; }
}

public class FeedingId : IEquatable<FeedingId>
{
    public virtual Animal? Animal { get; set; }

    public virtual DateTime Day { get; set; }

    public virtual bool Equals(FeedingId? other) => other is not null && other.Animal?.Id == Animal?.Id && other.Day == Day;

    public override bool Equals(object? obj) => Equals(obj as FeedingId);

    public override int GetHashCode() => Day.GetHashCode();
}

/// <summary>Whose identifier is of a type of the user's own.</summary>
public class Ticket
{
    public virtual Money Id { get; set; } = new(0, "");

    public virtual string? Name { get; set; }
}
