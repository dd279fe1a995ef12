using NHibernate;
using Storefront.Data;
using Storefront.Workload;

namespace Storefront.Comparison;

/// <summary>
/// Caches a handful of queries, makes one change, asks again: which cached results are still there? Once per change.
/// </summary>
internal sealed class SurvivalStudy
{
    private readonly Question[] _questions;

    public SurvivalStudy(ShopDirectory shop)
    {
        var product = shop.Products.First(p => p.Visible && p.Brand is not null);
        var other = shop.Products.First(p => p.Visible && p.Category != product.Category && p.Brand is not null && p.Brand != product.Brand);
        var (customer, otherCustomer) = (shop.Customers[0], shop.Customers[1]);
        _questions =
        [
            CatalogueQuestions.ProductsOfCategory(product.Category),
            CatalogueQuestions.ProductsOfCategory(other.Category),
            CatalogueQuestions.ProductsOfBrand(product.Brand!.Value),
            CatalogueQuestions.ProductBySlug(product.Slug),
            CatalogueQuestions.TagsOfProduct(product.Id),
            CatalogueQuestions.TagsOfProduct(other.Id),
            CatalogueQuestions.ReviewsOfProduct(product.Id),
            CatalogueQuestions.ReviewsOfProduct(other.Id),
            CatalogueQuestions.StockOfProduct(product.Id),
            OfficeQuestions.OrdersOfCustomer(customer.Id),
            OfficeQuestions.OrdersOfCustomer(otherCustomer.Id),
            OfficeQuestions.UnreadReviews(),
        ];
        Cases =
        [
            new(Changes.HideOrShow(other.Id) with { Name = $"product {other.Id} is hidden" }, "One row's Visible changed; queries about other categories and brands cannot notice."),
            new(Changes.AddReview(other.Id, null, 5, 1), $"The new row has product {other.Id}, not yet approved and not yet read."),
            new(Changes.PlaceOrder(otherCustomer.Id, [other.Skus[0]], 2), $"New rows with customer {otherCustomer.Id}; one quantity changed in the stock."),
            new(Changes.AddOrRemoveTag(other.Id, shop.Tags[0]), $"One link row of product {other.Id}; the product's version moves with it."),
        ];
    }

    public IReadOnlyList<SurvivalCase> Cases { get; }

    public IReadOnlyList<Question> Questions => _questions;

    /// <returns>For each case, and in it for each question, what the change did.</returns>
    public IReadOnlyList<Survival[]> Run(ISessionFactory factory)
    {
        var run = new VariantRun(factory);
        var results = new List<Survival[]>();
        foreach (var study in Cases)
        {
            foreach (var question in _questions)
                run.Ask(question);
            var before = Array.ConvertAll(_questions, run.Ask);
            run.Run(study.Change);
            var after = Array.ConvertAll(_questions, run.Ask);
            results.Add([.. before.Zip(after, (was, now) => new Survival(now.Hit, Rows(now.Answers) != Rows(was.Answers), State(now.Answers)))]);
        }
        return results;
    }

    public static string Rows(IReadOnlyList<Answer> answers) => string.Join(' ', answers.Select(a => a.Rows));

    public static string State(IReadOnlyList<Answer> answers) => string.Join(' ', answers.Select(a => a.State));
}

/// <param name="Change">The change.</param>
/// <param name="Why">What decides which results can survive it.</param>
internal sealed record SurvivalCase(Change Change, string Why);

/// <param name="Survived">The result came from the cache right after the change.</param>
/// <param name="Changed">The change altered the result's ids or scalars, so that it had to go.</param>
/// <param name="State">All that a visitor sees after the change, to be compared with the database's own answer.</param>
internal readonly record struct Survival(bool Survived, bool Changed, string State);
