using NHibernate;
using NHibernate.Criterion;
using NHibernate.Linq;
using NHibernate.Multi;
using Storefront.Domain;
using static Storefront.Workload.Question;

namespace Storefront.Workload;

/// <summary>What visitors ask about the goods. Each query says by itself that it may be cached; nothing else is needed.</summary>
internal static class CatalogueQuestions
{
    // LINQ

    public static Question ProductsOfCategory(int category) => List($"products of category {category}", session => session.Query<Product>()
        .Where(p => p.Category.Id == category && p.Visible)
        .OrderBy(p => p.Name).ThenBy(p => p.Id)
        .Take(24)
        .WithOptions(o => o.SetCacheable(true))
        .ToList());

    public static Question NewestProducts() => List("newest products", session => session.Query<Product>()
        .Where(p => p.Visible && p.Status == ProductStatus.OnSale)
        .OrderByDescending(p => p.CreatedOn).ThenBy(p => p.Id)
        .Take(12)
        .WithOptions(o => o.SetCacheable(true))
        .ToList());

    public static Question ProductByPublicId(Guid id) => List($"product {id}", session => session.Query<Product>()
        .Where(p => p.PublicId == id)
        .WithOptions(o => o.SetCacheable(true))
        .ToList());

    // HQL

    public static Question Shelf(int category) => List($"categories below {category}", session => session
        .CreateQuery("from Category c where c.Parent.id = :parent and c.Visible = true order by c.Position, c.id")
        .SetInt32("parent", category)
        .SetCacheable(true)
        .List());

    public static Question TopCategories() => List("top categories", session => session
        .CreateQuery("from Category c where c.Parent is null and c.Visible = true order by c.Position, c.id")
        .SetCacheable(true)
        .List());

    public static Question TagsOfProduct(int product) => List($"tags of product {product}", session => session
        .CreateQuery("select t from Product p join p.Tags t where p.id = :product order by t.Name, t.id")
        .SetInt32("product", product)
        .SetCacheable(true)
        .List());

    public static Question ProductsWithTag(int tag) => List($"products with tag {tag}", session => session
        .CreateQuery("select p from Product p join p.Tags t where t.id = :tag and p.Visible = true order by p.Name, p.id")
        .SetInt32("tag", tag)
        .SetMaxResults(24)
        .SetCacheable(true)
        .List());

    public static Question RatingOfProduct(int product) => List($"rating of product {product}", session => session
        .CreateQuery("select count(r.id), avg(r.Rating) from Review r where r.Product.id = :product and r.Approved = true")
        .SetInt32("product", product)
        .SetCacheable(true)
        .List());

    // Criteria

    public static Question ProductBySlug(string slug) => List($"product '{slug}'", session => session.CreateCriteria<Product>()
        .Add(Restrictions.NaturalId().Set(nameof(Product.Slug), slug))
        .SetCacheable(true)
        .List());

    public static Question ReviewsOfProduct(int product) => List($"reviews of product {product}", session => session.CreateCriteria<Review>()
        .Add(Restrictions.Eq("Product.id", product))
        .Add(Restrictions.Eq(nameof(Review.Approved), true))
        .AddOrder(NHibernate.Criterion.Order.Desc(nameof(Review.WrittenOn)))
        .AddOrder(NHibernate.Criterion.Order.Asc(nameof(Review.Id)))
        .SetMaxResults(20)
        .SetCacheable(true)
        .List());

    // QueryOver

    public static Question ProductsOfBrand(int brand) => List($"products of brand {brand}", session => session.QueryOver<Product>()
        .Where(p => p.Brand!.Id == brand && p.Visible)
        .OrderBy(p => p.Name).Asc.ThenBy(p => p.Id).Asc
        .Cacheable()
        .List());

    public static Question PriceInList(int priceList, int product) => List($"price of {product} in list {priceList}", session => session.QueryOver<ListPrice>()
        .Where(p => p.PriceList.Id == priceList && p.Product.Id == product)
        .Select(p => p.Amount)
        .Cacheable()
        .List<decimal>());

    public static Question Bargains(int category, decimal below) => List($"category {category} below {below}", session => session.QueryOver<Product>()
        .Where(p => p.Category.Id == category && p.Visible && p.Price < below)
        .OrderBy(p => p.Price).Asc.ThenBy(p => p.Id).Asc
        .Cacheable()
        .List());

    // Native SQL; the query space says which table it reads where no entity does.

    public static Question StockOfProduct(int product) => List($"stock of product {product}", session => session
        .CreateSQLQuery("select s.Code as code, sum(l.Quantity) as quantity from Sku s join StockLevel l on l.Sku_id = s.Id where s.Product_id = :product group by s.Code order by s.Code")
        .AddScalar("code", NHibernateUtil.String)
        .AddScalar("quantity", NHibernateUtil.Int64)
        .AddSynchronizedEntityClass(typeof(Sku))
        .AddSynchronizedEntityClass(typeof(StockLevel))
        .SetInt32("product", product)
        .SetCacheable(true)
        .List());

    // Several at once: one round trip for those that the cache does not have

    public static Question HomePage() => new("home page: featured, brands, top rated", session =>
    {
        var featured = session.QueryOver<Product>().Where(p => p.Featured && p.Visible).OrderBy(p => p.Id).Asc.Cacheable().Future();
        var brands = session.Query<Brand>().OrderBy(b => b.Name).WithOptions(o => o.SetCacheable(true)).ToFuture();
        var topRated = session
            .CreateQuery("select r.Product.id, avg(r.Rating) from Review r where r.Approved = true group by r.Product.id having count(r.id) > 2 order by 2 desc, 1")
            .SetMaxResults(10)
            .SetCacheable(true)
            .Future<object[]>();
        return [featured.ToList(), brands.ToList(), topRated.ToList()];
    });

    public static Question BrandPage(int brand) => new($"brand page {brand}: on sale, number announced", session =>
    {
        var batch = session.CreateQueryBatch()
            .Add<Product>(session.Query<Product>()
                .Where(p => p.Brand!.Id == brand && p.Status == ProductStatus.OnSale && p.Visible)
                .OrderBy(p => p.Price).ThenBy(p => p.Id)
                .WithOptions(o => o.SetCacheable(true)))
            .Add<long>(session.CreateQuery("select count(p.id) from Product p where p.Brand.id = :brand and p.Status = :status")
                .SetInt32("brand", brand)
                .SetParameter("status", ProductStatus.Announced)
                .SetCacheable(true));
        return [batch.GetResult<Product>(0).ToList(), batch.GetResult<long>(1).ToList()];
    });
}
