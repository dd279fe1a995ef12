using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Tests.Stores;

public abstract partial class StoreContractTests
{
    private static readonly NamedKey s_peopleOfOslo = new("people of Oslo");

    [Test]
    public void One_token_has_the_lead_and_another_does_not_get_it()
    {
        Assert.That(TryLead(Token.Create()), Is.True);

        Assert.That(TryLead(Token.Create()), Is.False);
        Assert.That(Store.TryLead(s_peopleOfOslo, Token.Create(), _harness.Lease), Is.True, "of another entry");
    }

    [Test]
    public void Lead_that_was_given_up_is_free()
    {
        var token = Token.Create();
        TryLead(token);

        Store.EndLead(s_peopleOfRome, token);

        Assert.That(TryLead(Token.Create()), Is.True);
    }

    [Test]
    public void Lead_is_given_up_by_its_own_token_only()
    {
        TryLead(Token.Create());

        Store.EndLead(s_peopleOfRome, Token.Create());

        Assert.That(TryLead(Token.Create()), Is.False);
    }

    [Test]
    public void Lead_of_one_who_died_is_free_when_its_lease_has_ended()
    {
        var dead = Token.Create();
        TryLead(dead);
        _harness.Pass(_harness.Lease / 2);
        Assert.That(TryLead(Token.Create()), Is.False);
        _harness.Pass(_harness.Lease / 2);

        var next = Token.Create();
        Assert.That(TryLead(next), Is.True);
        Store.EndLead(s_peopleOfRome, dead);
        Assert.That(TryLead(Token.Create()), Is.False, "the next one's, which the dead one's token does not end");
    }

    [Test]
    public async Task Lead_can_be_taken_asynchronously()
    {
        Assert.That(await Store.TryLeadAsync(s_peopleOfRome, Token.Create(), _harness.Lease), Is.True);

        Assert.That(await Store.TryLeadAsync(s_peopleOfRome, Token.Create(), _harness.Lease), Is.False);
    }

    [Test]
    public void Lead_says_nothing_about_the_entry()
    {
        Cache();

        TryLead(Token.Create());

        Assert.That(Read().Entry, Is.Not.Null);
    }

    private bool TryLead(Token token) => Store.TryLead(s_peopleOfRome, token, _harness.Lease);
}
