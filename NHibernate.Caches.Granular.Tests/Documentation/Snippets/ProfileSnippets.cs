using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Cfg;

namespace NHibernate.Caches.Granular.Tests.Documentation.Snippets;

/// <summary>Profiles in code, as the page about configuration shows them.</summary>
internal static class ProfileSnippets
{
    public static void Profiles(Configuration configuration)
    {
        #region profiles
        configuration.UseGranularCache(options =>
        {
            options.Profiles.Default.Expiration = TimeSpan.FromMinutes(10);
            options.Profiles.For("Shop.Domain.*", profile => profile.Operations = CachedOperations.Get | CachedOperations.Fetch | CachedOperations.Count);
            options.Profiles.For<Post>(profile => profile.Expire(CachedOperations.Count, TimeSpan.FromMinutes(1)));
            options.Profiles.For("Shop.Domain.Payments.*", profile => profile.Forbidden = true);
        });
        #endregion
    }

    public static void WriteThrough(Configuration configuration)
    {
        #region write-through
        configuration.UseGranularCache(options => options.Profiles.For<Cat>(profile => profile.WriteThrough = true));
        #endregion
    }

    public static void OfOneQuery(ISession session)
    {
        #region profiles and queries
        // Cached by the profile, each by its operation.
        var posts = session.Query<Post>().Where(post => post.Visible).ToList();
        var count = session.Query<Post>().Count(post => post.Visible);

        // Out of a profile's reach, and cached by its own word.
        var criteria = session.QueryOver<Post>().Where(post => post.Visible).Cached().List();

        // Of what is made of this query, counts and nothing else.
        var counted = session.Query<Post>().Where(post => post.Visible).Cached(options => options.Operations = CachedOperations.Count);
        #endregion
    }
}
