using NHibernate;
using NHibernate.Criterion;
using NHibernate.Linq;
using Storefront.Domain;
using static Storefront.Workload.Question;

namespace Storefront.Workload;

/// <summary>What customers ask about their orders, and the shop's people about their work.</summary>
internal static class OfficeQuestions
{
    public static Question UnreadReviews() => Scalar("number of unread reviews", session => session.Query<Review>()
        .Where(r => !r.Read)
        .WithOptions(o => o.SetCacheable(true))
        .Count());

    // FluentNHibernate quotes table names; the tables mapped by code are not quoted.
    public static Question ReviewsToModerate() => List("reviews to moderate", session => session
        .CreateSQLQuery("select {r.*} from \"Review\" r where not r.Approved order by r.WrittenOn, r.Id limit 15")
        .AddEntity("r", typeof(Review))
        .SetCacheable(true)
        .List());

    public static Question OpenOrders() => Scalar("number of open orders", session => session.CreateCriteria<Domain.Order>()
        .Add(Restrictions.Eq(nameof(Domain.Order.Status), OrderStatus.Placed))
        .SetProjection(Projections.RowCount())
        .SetCacheable(true)
        .UniqueResult());

    public static Question OrdersOfCustomer(int customer) => List($"orders of customer {customer}", session => session
        .CreateQuery("from Order o where o.Customer.id = :customer order by o.PlacedOn desc, o.id")
        .SetInt32("customer", customer)
        .SetCacheable(true)
        .List());

    public static Question CustomerByEmail(string email) => List($"customer '{email}'", session => session.CreateCriteria<Customer>()
        .Add(Restrictions.NaturalId().Set(nameof(Customer.Email), email))
        .SetCacheable(true)
        .List());

    public static Question BestSellers() => List("best sellers", session => session
        .CreateQuery("select s.Product.id, sum(l.Quantity) from OrderLine l join l.Sku s group by s.Product.id order by 2 desc, 1")
        .SetMaxResults(10)
        .SetCacheable(true)
        .List());

    public static Question LowStock(string warehouse) => List($"low stock in the {warehouse}", session => session
        .CreateSQLQuery("select Sku_id as sku, Quantity as quantity from StockLevel where Warehouse = :warehouse and Quantity <= ReorderAt order by Quantity, Sku_id")
        .AddScalar("sku", NHibernateUtil.Int32)
        .AddScalar("quantity", NHibernateUtil.Int32)
        .AddSynchronizedQuerySpace("StockLevel")
        .SetString("warehouse", warehouse)
        .SetCacheable(true)
        .List());
}
