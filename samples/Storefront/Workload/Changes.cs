using NHibernate;
using NHibernate.Linq;
using Storefront.Data;
using Storefront.Domain;

namespace Storefront.Workload;

/// <summary>Everything that changes the shop: through the unit of work, by collection, and once in a while in bulk.</summary>
internal static class Changes
{
    public static Change Stock(int sku, int difference) => new($"stock of sku {sku} changes by {difference}", session =>
    {
        var level = session.Query<StockLevel>().Where(l => l.Sku.Id == sku).OrderBy(l => l.Id).First();
        level.Quantity = Math.Max(0, level.Quantity + difference);
    });

    public static Change PlaceOrder(int customer, IReadOnlyList<int> skus, int minute) => new($"customer {customer} orders", session =>
    {
        var order = new Order { Customer = session.Load<Customer>(customer), PlacedOn = ShopFiller.Today.AddMinutes(minute) };
        foreach (var id in skus)
        {
            var sku = session.Get<Sku>(id);
            order.Add(sku, 1, sku.Product.Price);
            var level = session.Query<StockLevel>().Where(l => l.Sku.Id == id).OrderByDescending(l => l.Quantity).ThenBy(l => l.Id).First();
            level.Quantity = Math.Max(0, level.Quantity - 1);
        }
        session.Save(order);
    });

    public static Change ShipOldestOrder() => new("the oldest open order ships", session =>
    {
        var order = session.Query<Order>().Where(o => o.Status == OrderStatus.Placed).OrderBy(o => o.PlacedOn).ThenBy(o => o.Id).FirstOrDefault();
        if (order is not null)
            order.Status = OrderStatus.Shipped;
    });

    public static Change AddReview(int product, int? author, int rating, int minute) => new($"a review of product {product} is added", session =>
        session.Save(new Review
        {
            Product = session.Load<Product>(product),
            Author = author is { } id ? session.Load<Customer>(id) : null,
            Rating = rating,
            Text = "A visitor's words.",
            WrittenOn = ShopFiller.Today.AddMinutes(minute),
        }));

    public static Change ApproveReview(int product) => new($"a review of product {product} is approved", session =>
    {
        var review = session.Query<Review>().Where(r => r.Product.Id == product && !r.Approved).OrderBy(r => r.Id).FirstOrDefault();
        if (review is not null)
            review.Approved = true;
    });

    public static Change ReadReview() => new("the oldest unread review is read", session =>
    {
        var review = session.Query<Review>().Where(r => !r.Read).OrderBy(r => r.WrittenOn).ThenBy(r => r.Id).FirstOrDefault();
        if (review is not null)
            review.Read = true;
    });

    public static Change Price(int product, decimal factor) => new($"the price of product {product} changes", session =>
    {
        var changed = session.Get<Product>(product);
        changed.Price = decimal.Round(changed.Price * factor, 2);
    });

    public static Change HideOrShow(int product) => new($"product {product} is hidden or shown", session =>
    {
        var changed = session.Get<Product>(product);
        changed.Visible = !changed.Visible;
    });

    public static Change AddOrRemoveTag(int product, int tag) => new($"tag {tag} is put on product {product} or taken off", session =>
    {
        var tags = session.Get<Product>(product).Tags;
        var changed = session.Get<Tag>(tag);
        if (!tags.Remove(changed))
            tags.Add(changed);
    });

    public static Change MoveHouse(int customer, string city) => new($"customer {customer} moves house", session =>
        session.Get<Customer>(customer).Address = new Address { Street = "New Street 1", City = city, PostalCode = "10000" });

    /// <summary>One UPDATE statement for all products of a brand; no entity is loaded.</summary>
    public static Change BrandPrices(int brand, decimal factor) => new($"all prices of brand {brand} change", session =>
        session.CreateQuery("update versioned Product set Price = Price * :factor where Brand.id = :brand")
            .SetDecimal("factor", factor)
            .SetInt32("brand", brand)
            .ExecuteUpdate());
}
