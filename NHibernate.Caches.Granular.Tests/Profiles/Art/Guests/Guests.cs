namespace NHibernate.Caches.Granular.Tests.Profiles.Art.Guests;

/// <summary>In a namespace below the gallery's, and cached by its mapping.</summary>
public class Visitor : Named
{
    public virtual Artist? Favourite { get; set; }
}

/// <summary>Never cached by its mapping.</summary>
public class Secret : Named;
