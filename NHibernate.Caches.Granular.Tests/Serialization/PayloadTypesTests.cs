using NHibernate.Cache;
using NHibernate.Caches.Granular.Serialization;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Caches.Granular.Tests.Serialization.Zoo;

namespace NHibernate.Caches.Granular.Tests.Serialization;

/// <summary>Types of the user's own: registered they are carried, and what is wrong with a registration is said at the start.</summary>
public sealed class PayloadTypesTests
{
    [Test]
    public void Type_with_a_contract_is_carried()
    {
        var codec = new PayloadCodec(new PayloadTypes().Register<Money>("money"));

        // Zero and the empty text are written too, or the constructor's values would come back.
        Assert.That(codec.Decode(codec.Bytes(new object?[] { new Money(0, ""), new Money(1.50m, "EUR") })), Is.EqualTo(new object[] { new Money(0, ""), new Money(1.50m, "EUR") }));
    }

    [Test]
    public void Enumeration_is_carried()
    {
        var codec = new PayloadCodec(new PayloadTypes().Register<Species>("species"));

        Assert.That(codec.Decode(codec.Bytes(new object?[] { Species.Dog, (Species)0 })), Is.EqualTo(new object[] { Species.Dog, (Species)0 }));
    }

    [Test]
    public void Type_with_delegates_is_carried()
    {
        var codec = new PayloadCodec(new PayloadTypes().Register("version", (Version version) => System.Text.Encoding.UTF8.GetBytes(version.ToString()), bytes => Version.Parse(System.Text.Encoding.UTF8.GetString(bytes))));

        Assert.That(codec.Decode(codec.Bytes(new Version(5, 7))), Is.EqualTo(new Version(5, 7)));
    }

    [Test]
    public void Type_derived_from_a_registered_one_is_refused()
    {
        var codec = new PayloadCodec(new PayloadTypes().Register<Base>("base", _ => [], _ => new Base()));

        Assert.That(codec.Refused(new Derived()), Is.EqualTo(typeof(Derived)));
    }

    [Test]
    public void Value_that_its_delegate_cannot_write_is_refused() =>
        Assert.That(new PayloadCodec(new PayloadTypes().Register<Version>("version", _ => throw new InvalidOperationException(), _ => new Version())).Refused(new Version()), Is.EqualTo(typeof(Version)));

    [Test]
    public void Value_that_its_delegate_cannot_read_is_a_miss()
    {
        var codec = new PayloadCodec(new PayloadTypes().Register<Version>("version", _ => [], _ => throw new InvalidOperationException()));

        Assert.That(() => codec.Decode(codec.Bytes(new Version())), Throws.InstanceOf<PayloadException>());
    }

    [Test]
    public void All_faults_are_reported_when_the_session_factory_is_built()
    {
        static void Register(GranularCacheOptions options) => options.Payloads
            .Register<Money>("money").Register<Base>("money").Register<Money>("euro").Register<Species>(" ").Register<int>("number").Register<Version>("version");

        Assert.That(() => ZooFactory.Build(Register), Throws.InstanceOf<CacheException>().With.Message.EqualTo(
            "The granular cache cannot start."
            + " The name \"money\" is registered for payloads of NHibernate.Caches.Granular.Tests.Serialization.Zoo.Money and of NHibernate.Caches.Granular.Tests.Serialization.PayloadTypesTests+Base; give one of them another name."
            + " The type NHibernate.Caches.Granular.Tests.Serialization.Zoo.Money is registered for payloads twice, the second time as \"euro\"."
            + " The type NHibernate.Caches.Granular.Tests.Serialization.Zoo.Species is registered for payloads without a name."
            + " The type System.Int32 is registered for payloads as \"number\", but is carried without being registered."
            + " The type System.Version is registered for payloads as \"version\", but has no contract for protobuf-net. Give its members [ProtoMember], or register it with delegates."));
    }

    [Test]
    public void Registered_types_reach_the_codec_of_the_session_factory()
    {
        var options = new GranularCacheOptions();
        options.Payloads.Register<Money>("money");
        var read = OptionsReader.Read(new Dictionary<string, string>(OptionsReader.Write(options)));

        Assert.That(read.Payloads, Is.SameAs(options.Payloads));
    }

    private class Base;

    private sealed class Derived : Base;
}
