using System.Reflection;
using ProtoBuf;
using ProtoBuf.Meta;

namespace NHibernate.Caches.Granular.Serialization;

/// <summary>
/// A model of protobuf-net of our own, so that nobody else's settings and contracts count. Thread-safe: stateless.
/// </summary>
internal static class ContractModel
{
    public static RuntimeTypeModel Create()
    {
        var model = RuntimeTypeModel.Create("granular");
        // A zero that is left out would be read as whatever the constructor made of the member.
        model.UseImplicitZeroDefaults = false;
        model.MaxDepth = PayloadFormat.MaxDepth;
        return model;
    }

    /// <summary>Adds a type by its contract.</summary>
    /// <exception cref="Exception">protobuf-net refuses the type; what it throws is not documented.</exception>
    /// <returns>Whether the type has one: members that are written, a surrogate, or the values of an enumeration.</returns>
    public static bool TryAdd(RuntimeTypeModel model, System.Type type)
    {
        var contract = model.Add(type, applyDefaultBehaviour: true);
        var isOther = type.IsEnum || type.GetCustomAttribute<ProtoContractAttribute>()?.Surrogate is not null;
        if (!isOther && contract.GetFields().Length == 0 && contract.GetSubtypes().Length == 0)
            return false;
        contract.CompileInPlace();
        return model.CanSerialize(type);
    }
}
