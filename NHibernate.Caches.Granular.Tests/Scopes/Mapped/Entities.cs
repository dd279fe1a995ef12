namespace NHibernate.Caches.Granular.Tests.Scopes.Mapped;

/// <summary>Has a property for whatever a mapping of the tests names; what it holds is never looked at.</summary>
public class Person
{
    public int Id { get; set; }

    public int Version { get; set; }

    public string? Name { get; set; }

    public int Age { get; set; }

    public int Years { get; set; }

    public int Size { get; set; }

    public int Twice { get; set; }

    public Home? Home { get; set; }

    public object? Friend { get; set; }

    public IList<string> Names { get; set; } = [];
}

public class Clerk : Person
{
    public string? Desk { get; set; }
}

public class Home
{
    public string? Street { get; set; }

    public string? Town { get; set; }
}

public class Pet
{
    public int Id { get; set; }

    public string? Name { get; set; }
}
