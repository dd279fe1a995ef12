using NHibernate;
using Storefront.Domain;

namespace Storefront.Data;

/// <summary>What the filled shop contains, so that a workload can be written down before it runs. Thread-safe: immutable.</summary>
internal sealed record ShopDirectory(
    IReadOnlyList<ProductEntry> Products,
    IReadOnlyList<int> Shelves,
    IReadOnlyList<int> Categories,
    IReadOnlyList<int> Brands,
    IReadOnlyList<int> Tags,
    IReadOnlyList<int> PriceLists,
    IReadOnlyList<CustomerEntry> Customers)
{
    public static ShopDirectory Read(ISessionFactory factory)
    {
        using var session = factory.OpenSession();
        using var transaction = session.BeginTransaction();
        var skus = session.Query<Sku>().OrderBy(s => s.Id).Select(s => new { s.Id, Product = s.Product.Id }).ToList().ToLookup(s => s.Product, s => s.Id);
        var products = session.Query<Product>().OrderBy(p => p.Id).ToList()
            .Select(p => new ProductEntry(p.Id, p.Slug, p.PublicId, p.Category.Id, p.Brand?.Id, p.Visible, [.. skus[p.Id]])).ToList();
        return new ShopDirectory(
            products,
            session.Query<Category>().Where(c => c.Parent == null).OrderBy(c => c.Id).Select(c => c.Id).ToList(),
            session.Query<Category>().Where(c => c.Parent != null).OrderBy(c => c.Id).Select(c => c.Id).ToList(),
            session.Query<Brand>().OrderBy(b => b.Id).Select(b => b.Id).ToList(),
            session.Query<Tag>().OrderBy(t => t.Id).Select(t => t.Id).ToList(),
            session.Query<PriceList>().OrderBy(l => l.Id).Select(l => l.Id).ToList(),
            session.Query<Customer>().OrderBy(c => c.Id).Select(c => new CustomerEntry(c.Id, c.Email)).ToList());
    }
}

internal sealed record ProductEntry(int Id, string Slug, Guid PublicId, int Category, int? Brand, bool Visible, IReadOnlyList<int> Skus);

internal sealed record CustomerEntry(int Id, string Email);
