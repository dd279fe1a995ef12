namespace Storefront.Domain;

public class Customer
{
    public virtual int Id { get; protected set; }

    /// <summary>The natural id.</summary>
    public virtual string Email { get; set; } = "";
    public virtual string Name { get; set; } = "";
    public virtual Address Address { get; set; } = new();
    public virtual bool Newsletter { get; set; }

    /// <summary>Null for the public prices.</summary>
    public virtual PriceList? PriceList { get; set; }
}

/// <summary>A component: part of the customer's row.</summary>
public class Address
{
    public virtual string Street { get; set; } = "";
    public virtual string City { get; set; } = "";
    public virtual string PostalCode { get; set; } = "";
}
