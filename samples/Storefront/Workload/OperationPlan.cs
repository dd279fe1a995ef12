using Storefront.Data;
using Storefront.Domain;

namespace Storefront.Workload;

/// <summary>
/// Writes the whole workload down before it runs, so that every variant gets the very same one. Not thread-safe.
/// </summary>
internal sealed class OperationPlan
{
    private static readonly string[] s_cities = ["Turku", "Aarhus", "Bologna", "Porto"];
    private static readonly string[] s_warehouses = ["north", "south"];
    private static readonly decimal[] s_limits = [20m, 50m, 100m];

    private readonly Random _random;
    private readonly ShopDirectory _shop;
    private readonly ZipfSampler<ProductEntry> _products;
    private readonly ZipfSampler<int> _categories;
    private readonly ZipfSampler<int> _brands;
    private readonly ZipfSampler<int> _tags;
    private readonly ZipfSampler<CustomerEntry> _customers;
    private int _minute;

    private OperationPlan(ShopDirectory shop, int seed)
    {
        _random = new Random(seed);
        _shop = shop;
        _products = new ZipfSampler<ProductEntry>(_random, shop.Products);
        _categories = new ZipfSampler<int>(_random, shop.Categories);
        _brands = new ZipfSampler<int>(_random, shop.Brands);
        _tags = new ZipfSampler<int>(_random, shop.Tags);
        _customers = new ZipfSampler<CustomerEntry>(_random, shop.Customers, 0.8);
    }

    /// <param name="shop">The shop that the operations are for.</param>
    /// <param name="options">Seed, number, and share of changes.</param>
    public static IReadOnlyList<Operation> Write(ShopDirectory shop, Options options)
    {
        var plan = new OperationPlan(shop, options.Seed);
        return Enumerable.Range(0, options.Operations)
            .Select(_ => plan._random.Next(100) < options.Writes ? plan.NextChange() : (Operation)plan.NextPage())
            .ToList();
    }

    private Page NextPage() => _random.Next(100) switch
    {
        < 28 => ProductPage(_products.Next()),
        < 52 => CategoryPage(_categories.Next()),
        < 60 => new Page([CatalogueQuestions.ProductsOfBrand(_brands.Next())]),
        < 66 => new Page([CatalogueQuestions.BrandPage(_brands.Next())]),
        < 74 => new Page([CatalogueQuestions.ProductsWithTag(_tags.Next())]),
        < 83 => new Page([CatalogueQuestions.HomePage(), CatalogueQuestions.NewestProducts(), OfficeQuestions.BestSellers(), CatalogueQuestions.TopCategories()]),
        < 85 => new Page([CatalogueQuestions.ProductByPublicId(_products.Next().PublicId)]),
        < 91 => CustomerPage(_customers.Next()),
        < 95 => new Page([OfficeQuestions.UnreadReviews(), OfficeQuestions.ReviewsToModerate()]),
        _ => new Page([OfficeQuestions.OpenOrders(), OfficeQuestions.LowStock(Pick(s_warehouses))]),
    };

    private Page ProductPage(ProductEntry product) => new(
        [
            CatalogueQuestions.ProductBySlug(product.Slug),
            CatalogueQuestions.TagsOfProduct(product.Id),
            CatalogueQuestions.RatingOfProduct(product.Id),
            CatalogueQuestions.ReviewsOfProduct(product.Id),
            CatalogueQuestions.StockOfProduct(product.Id),
            CatalogueQuestions.PriceInList(Pick(_shop.PriceLists), product.Id),
        ],
        session =>
        {
            var shown = session.Get<Product>(product.Id);
            _ = shown.Skus.Count;
            if (product.Brand is { } brand)
                _ = session.Load<Brand>(brand).Name;
        });

    private Page CategoryPage(int category) => new(
        [
            CatalogueQuestions.TopCategories(),
            CatalogueQuestions.Shelf(Pick(_shop.Shelves)),
            CatalogueQuestions.ProductsOfCategory(category),
            CatalogueQuestions.Bargains(category, Pick(s_limits)),
        ],
        session => _ = session.Get<Category>(category).Name);

    private static Page CustomerPage(CustomerEntry customer) => new(
        [OfficeQuestions.CustomerByEmail(customer.Email), OfficeQuestions.OrdersOfCustomer(customer.Id)],
        session => _ = session.Get<Customer>(customer.Id).PriceList?.Name);

    private Change NextChange() => _random.Next(100) switch
    {
        < 24 => Changes.Stock(Pick(_products.Next().Skus), _random.Next(-8, 20)),
        < 46 => Changes.PlaceOrder(_customers.Next().Id, [.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => Pick(_products.Next().Skus)).Distinct()], ++_minute),
        < 52 => Changes.ShipOldestOrder(),
        < 64 => Changes.AddReview(_products.Next().Id, _random.Next(4) == 0 ? null : _customers.Next().Id, _random.Next(1, 6), ++_minute),
        < 72 => Changes.ApproveReview(_products.Next().Id),
        < 78 => Changes.ReadReview(),
        < 88 => Changes.Price(_products.Next().Id, Pick([0.9m, 1.05m, 1.1m])),
        < 92 => Changes.HideOrShow(_products.Next().Id),
        < 96 => Changes.AddOrRemoveTag(_products.Next().Id, _tags.Next()),
        < 99 => Changes.MoveHouse(_customers.Next().Id, Pick(s_cities)),
        _ => Changes.BrandPrices(_brands.Next(), 1.02m),
    };

    private T Pick<T>(IReadOnlyList<T> from) => from[_random.Next(from.Count)];
}
