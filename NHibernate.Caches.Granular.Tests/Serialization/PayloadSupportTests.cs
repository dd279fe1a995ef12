using NHibernate.Caches.Granular.Serialization;
using NHibernate.Caches.Granular.Tests.Serialization.Zoo;
using NHibernate.Engine;

namespace NHibernate.Caches.Granular.Tests.Serialization;

/// <summary>What of a mapping cannot be shared is told in words that say what to do.</summary>
public sealed class PayloadSupportTests
{
    [Test]
    public void User_types_whose_values_are_not_registered_are_told()
    {
        using var factory = ZooFactory.Build();

        Assert.That(PayloadSupport.Findings((ISessionFactoryImplementor)factory, Payloads.Codec), Is.EqualTo(new[]
        {
            "NHibernate.Caches.Granular.Tests.Serialization.Zoo.Animal.Price is of NHibernate.Caches.Granular.Tests.Serialization.Zoo.Money, mapped by NHibernate.Caches.Granular.Tests.Serialization.Zoo.MoneyType. Unless that disassembles it to something else, register it: options.Payloads.Register<Money>(\"a name\").",
            "NHibernate.Caches.Granular.Tests.Serialization.Zoo.Ticket.Id is of NHibernate.Caches.Granular.Tests.Serialization.Zoo.Money, mapped by NHibernate.Caches.Granular.Tests.Serialization.Zoo.MoneyType. Unless that disassembles it to something else, register it: options.Payloads.Register<Money>(\"a name\").",
        }));
        Assert.That(PayloadSupport.Findings((ISessionFactoryImplementor)factory, new PayloadCodec(new PayloadTypes().Register<Money>("money"))), Is.Empty);
    }

    [Test]
    public void Serializable_properties_and_elements_are_told()
    {
        var mapping = ZooFactory.Mapping
            .Replace("<property name=\"Name\" />\n    <property name=\"Species\" />", "<property name=\"Name\" type=\"Serializable\" />", StringComparison.Ordinal)
            .Replace("<element column=\"Food\" type=\"String\" />", "<element column=\"Food\" type=\"Serializable\" />", StringComparison.Ordinal);
        using var factory = ZooFactory.Build(null, mapping);
        var findings = PayloadSupport.Findings((ISessionFactoryImplementor)factory, GoldenPayloads.Codec);

        Assert.That(findings, Is.EqualTo(new[]
        {
            "NHibernate.Caches.Granular.Tests.Serialization.Zoo.Animal.Name is mapped as serializable, which needs the binary formatter that .NET no longer has. Map it with a user type that disassembles to text or bytes.",
            "NHibernate.Caches.Granular.Tests.Serialization.Zoo.Animal.Foods (element) is mapped as serializable, which needs the binary formatter that .NET no longer has. Map it with a user type that disassembles to text or bytes.",
        }));
    }

    [Test]
    public void What_is_not_cached_is_not_told()
    {
        using var factory = ZooFactory.Build(null, ZooFactory.Mapping.Replace("<cache usage=\"read-write\" />", "", StringComparison.Ordinal));

        Assert.That(PayloadSupport.Findings((ISessionFactoryImplementor)factory, Payloads.Codec), Is.Empty);
    }
}
