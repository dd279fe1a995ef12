using NHibernate;
using Storefront.Domain;

namespace Storefront.Data;

/// <summary>Fills an empty shop. The same random numbers make the same shop, to the last id. Not thread-safe.</summary>
internal sealed class ShopFiller(ISessionFactory factory, Random random, IProgress<double> progress)
{
    public const int Products = 800;
    private const int Customers = 400;
    private const int Orders = 900;

    /// <summary>The shop's "today": no clock has a say in the run.</summary>
    public static readonly DateTime Today = new(2026, 3, 1);

    private static readonly string[] s_adjectives = ["Plain", "Light", "Heavy", "Warm", "Quiet", "Bright", "Slow", "Round", "Little", "Grand"];
    private static readonly string[] s_nouns = ["Lamp", "Chair", "Kettle", "Jacket", "Boot", "Clock", "Basket", "Blanket", "Bench", "Mirror", "Bottle", "Rack"];
    private static readonly string[] s_shelves = ["Kitchen", "Garden", "Clothes", "Shoes", "Light", "Sleep", "Travel", "Office"];
    private static readonly string[] s_countries = ["DK", "FI", "IT", "JP", "PT"];
    private static readonly string[] s_cities = ["Turku", "Aarhus", "Bologna", "Porto", "Nara", "Gent"];
    private static readonly string[] s_colours = ["red", "blue", "black", "sand"];
    private static readonly string[] s_sizes = ["S", "M", "L"];
    private static readonly string[] s_warehouses = ["north", "south"];

    private readonly List<Category> _leaves = [];
    private List<Brand> _brands = [];
    private List<Tag> _tags = [];
    private List<PriceList> _priceLists = [];
    private readonly List<Product> _products = [];
    private readonly List<Sku> _skus = [];
    private readonly List<Customer> _customers = [];

    public void Fill()
    {
        InTransaction(FillShelves);
        InBatches(Products, 0.0, 0.5, AddProduct);
        InBatches(Customers, 0.5, 0.6, AddCustomer);
        InBatches(Products, 0.6, 0.8, AddReviews);
        InBatches(Orders, 0.8, 1.0, AddOrder);
        InTransaction(session => session.CreateSQLQuery("analyze").ExecuteUpdate());
    }

    private void FillShelves(ISession session)
    {
        for (var i = 0; i < s_shelves.Length; i++)
        {
            var shelf = new Category { Name = s_shelves[i], Position = i };
            session.Save(shelf);
            for (var j = 0; j < 5; j++)
            {
                var leaf = new Category { Name = $"{s_adjectives[j]} {s_shelves[i]}", Parent = shelf, Position = j };
                session.Save(leaf);
                _leaves.Add(leaf);
            }
        }
        _brands = Save(session, 40, i => new Brand { Name = $"Brand {i:00}", Country = Pick(s_countries) });
        _tags = Save(session, 50, i => new Tag { Name = $"tag-{i:00}" });
        _priceLists = Save(session, 3, i => new PriceList { Name = $"List {(char)('A' + i)}", Active = i < 2 });
    }

    private void AddProduct(ISession session, int number)
    {
        var name = $"{Pick(s_adjectives)} {Pick(s_nouns)}";
        var product = new Product
        {
            Slug = $"{name.ToLowerInvariant().Replace(' ', '-')}-{number}",
            PublicId = RandomGuid(),
            Name = name,
            Category = Pick(_leaves),
            Brand = random.Next(10) == 0 ? null : Pick(_brands),
            Status = random.Next(12) switch { 0 => ProductStatus.Announced, 1 => ProductStatus.Discontinued, _ => ProductStatus.OnSale },
            Visible = random.Next(8) != 0,
            Featured = random.Next(40) == 0,
            Price = random.Next(300, 20000) / 100m,
            CreatedOn = Today.AddMinutes(-random.Next(60 * 24 * 365)),
        };
        for (var i = random.Next(5); i > 0; i--)
            product.Tags.Add(Pick(_tags));
        session.Save(product);
        _products.Add(product);

        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var sku = new Sku { Product = product, Code = $"{number:0000}-{i}", Size = s_sizes[i - 1], Colour = Pick(s_colours) };
            session.Save(sku);
            _skus.Add(sku);
            foreach (var warehouse in s_warehouses)
                session.Save(new StockLevel { Sku = sku, Warehouse = warehouse, Quantity = random.Next(120), ReorderAt = 5 });
        }
        foreach (var list in _priceLists)
            session.Save(new ListPrice { PriceList = list, Product = product, Amount = decimal.Round(product.Price * 0.9m, 2) });
    }

    private void AddCustomer(ISession session, int number)
    {
        var customer = new Customer
        {
            Email = $"customer{number}@shop.example",
            Name = $"Customer {number}",
            Address = new Address { Street = $"Street {random.Next(200)}", City = Pick(s_cities), PostalCode = $"{random.Next(10000, 99999)}" },
            Newsletter = random.Next(3) == 0,
            PriceList = random.Next(4) == 0 ? Pick(_priceLists) : null,
        };
        session.Save(customer);
        _customers.Add(customer);
    }

    private void AddReviews(ISession session, int number)
    {
        for (var i = random.Next(8); i > 0; i--)
        {
            session.Save(new Review
            {
                Product = _products[number],
                Author = random.Next(5) == 0 ? null : Pick(_customers),
                Rating = random.Next(1, 6),
                Text = $"Review {i} of {_products[number].Name}.",
                Approved = random.Next(4) != 0,
                Read = random.Next(10) != 0,
                WrittenOn = Today.AddMinutes(-random.Next(60 * 24 * 200)),
            });
        }
    }

    private void AddOrder(ISession session, int number)
    {
        var order = new Order
        {
            Customer = Pick(_customers),
            Status = (OrderStatus)random.Next(4),
            PlacedOn = Today.AddMinutes(-random.Next(60 * 24 * 100)),
        };
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var sku = Pick(_skus);
            order.Add(sku, random.Next(1, 4), sku.Product.Price);
        }
        session.Save(order);
    }

    private void InBatches(int count, double from, double to, Action<ISession, int> add)
    {
        foreach (var batch in Enumerable.Range(0, count).Chunk(100))
        {
            InTransaction(session =>
            {
                foreach (var number in batch)
                    add(session, number);
            });
            progress.Report(from + (to - from) * (batch[^1] + 1) / count);
        }
    }

    private void InTransaction(Action<ISession> work)
    {
        using var session = factory.OpenSession();
        using var transaction = session.BeginTransaction();
        work(session);
        transaction.Commit();
    }

    private static List<T> Save<T>(ISession session, int count, Func<int, T> create)
    {
        var created = Enumerable.Range(0, count).Select(create).ToList();
        foreach (var entity in created)
            session.Save(entity);
        return created;
    }

    private T Pick<T>(IReadOnlyList<T> from) => from[random.Next(from.Count)];

    private Guid RandomGuid()
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes);
    }
}
