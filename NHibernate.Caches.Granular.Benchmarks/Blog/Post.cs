using NHibernate.Mapping.ByCode;

namespace NHibernate.Caches.Granular.Benchmarks.Blog;

/// <summary>An entity of ordinary size, cached read-write. Not thread-safe, as entities are not.</summary>
public class Post
{
    public virtual int Id { get; set; }

    public virtual int BlogId { get; set; }

    public virtual string Title { get; set; } = "";

    public virtual string Body { get; set; } = "";

    public virtual DateTime Published { get; set; }

    public virtual int? Score { get; set; }

    public virtual bool Visible { get; set; }

    internal static ModelMapper Map()
    {
        var mapper = new ModelMapper();
        mapper.Class<Post>(map =>
        {
            map.Cache(cache => cache.Usage(CacheUsage.ReadWrite));
            map.Id(post => post.Id, id => id.Generator(Generators.Assigned));
            map.Property(post => post.BlogId);
            map.Property(post => post.Title);
            map.Property(post => post.Body);
            map.Property(post => post.Published);
            map.Property(post => post.Score);
            map.Property(post => post.Visible);
        });
        return mapper;
    }
}
