namespace NHibernate.Caches.Granular.Tests.Blog;

public class Cat
{
    public virtual int Id { get; set; }

    public virtual string Title { get; set; } = "";

    public virtual IList<Post> Posts { get; protected set; } = [];
}

public class Post
{
    public virtual int Id { get; set; }

    public virtual string Title { get; set; } = "";

    public virtual string? Slug { get; set; }

    public virtual Cat? Cat { get; set; }

    public virtual bool Visible { get; set; }

    public virtual int? Score { get; set; }

    public virtual decimal Price { get; set; }

    public virtual DateTime? Published { get; set; }

    public virtual string? Body { get; set; }

    public virtual ISet<Tag> Tags { get; protected set; } = new HashSet<Tag>();

    public virtual ISet<Comment> Comments { get; protected set; } = new HashSet<Comment>();
}

/// <summary>What entities with identifiers of one kind have in common.</summary>
public abstract class Identified<TId>
    where TId : struct
{
    public virtual TId Id { get; set; }
}

public class Tag : Identified<int>
{
    public virtual string Name { get; set; } = "";

    public virtual ISet<Post> Posts { get; protected set; } = new HashSet<Post>();
}

public class Comment
{
    public virtual int Id { get; set; }

    public virtual int Version { get; set; }

    public virtual Post? Post { get; set; }

    public virtual bool Approved { get; set; }

    public virtual string Text { get; set; } = "";
}
