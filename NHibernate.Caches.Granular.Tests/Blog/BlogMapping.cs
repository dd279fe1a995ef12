using NHibernate.Mapping.ByCode;

namespace NHibernate.Caches.Granular.Tests.Blog;

/// <summary>The mapping of the blog, by code: ids are assigned, so that tests name rows as the scenario catalogue does.</summary>
internal static class BlogMapping
{
    public static ModelMapper Create()
    {
        var mapper = new ModelMapper();
        mapper.Class<Cat>(map =>
        {
            map.Cache(cache => cache.Usage(CacheUsage.ReadWrite));
            map.Id(cat => cat.Id, id => id.Generator(Generators.Assigned));
            map.Property(cat => cat.Title);
            map.Bag(cat => cat.Posts, bag =>
            {
                bag.Key(key => key.Column("cat_id"));
                bag.Inverse(true);
                bag.Cache(cache => cache.Usage(CacheUsage.ReadWrite));
            }, relation => relation.OneToMany());
        });
        mapper.Class<Post>(map =>
        {
            map.Cache(cache => cache.Usage(CacheUsage.ReadWrite));
            map.Id(post => post.Id, id => id.Generator(Generators.Assigned));
            map.Property(post => post.Title);
            map.Property(post => post.Slug);
            map.ManyToOne(post => post.Cat, reference => reference.Column("cat_id"));
            map.Property(post => post.Visible);
            map.Property(post => post.Score);
            map.Property(post => post.Price, property =>
            {
                property.Precision(8);
                property.Scale(2);
            });
            map.Property(post => post.Published);
            map.Property(post => post.Body, property => property.Type(NHibernateUtil.StringClob));
            map.Set(post => post.Tags, set =>
            {
                set.Table("PostTag");
                set.Key(key => key.Column("post_id"));
                set.Cache(cache => cache.Usage(CacheUsage.ReadWrite));
            }, relation => relation.ManyToMany(many => many.Column("tag_id")));
            map.Set(post => post.Comments, set =>
            {
                set.Key(key => key.Column("post_id"));
                set.Inverse(true);
            }, relation => relation.OneToMany());
        });
        mapper.Class<Tag>(map =>
        {
            map.Cache(cache => cache.Usage(CacheUsage.NonstrictReadWrite));
            map.Id(tag => tag.Id, id => id.Generator(Generators.Assigned));
            map.Property(tag => tag.Name);
            map.Set(tag => tag.Posts, set =>
            {
                set.Table("PostTag");
                set.Inverse(true);
                set.Key(key => key.Column("tag_id"));
            }, relation => relation.ManyToMany(many => many.Column("post_id")));
        });
        mapper.Class<Comment>(map =>
        {
            map.Id(comment => comment.Id, id => id.Generator(Generators.Assigned));
            map.Version(comment => comment.Version, version => { });
            map.ManyToOne(comment => comment.Post, reference => reference.Column("post_id"));
            map.Property(comment => comment.Approved);
            map.Property(comment => comment.Text);
        });
        return mapper;
    }
}
