using System.Reflection;

namespace NHibernate.Caches.Granular.Tests.Architecture;

/// <summary>
/// The public surface of an assembly as sorted lines: one per type, one per member declared in it; an enum is one line with its members by
/// number. Parentheses behind a type's name are its constructor without parameters. What a type inherits or overrides is not its own, nor is
/// what implements an interface, which stands beside its name. Thread-safe: stateless.
/// </summary>
internal static class PublicApiPrinter
{
    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly;

    private static readonly NullabilityInfoContext s_nullability = new();

    public static IEnumerable<string> Print(Assembly assembly) => assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal).SelectMany(Print);

    public static IEnumerable<string> Print(System.Type type)
    {
        if (type.IsEnum)
        {
            yield return $"enum {type.FullName} {{ {string.Join(", ", Enumerators(type))} }}";
            yield break;
        }
        var inherits = type.GetInterfaces().Where(each => each.IsPublic).Select(each => Name(each)).Order(StringComparer.Ordinal).ToArray();
        var creation = type.GetConstructor(Declared, []) is null ? "" : "()";
        yield return $"{Kind(type)} {type.FullName}{creation}{(inherits.Length > 0 ? " : " + string.Join(", ", inherits) : "")}";
        foreach (var line in Members(type).Order(StringComparer.Ordinal))
            yield return "    " + line;
    }

    /// <summary>How a type is declared, as far as its users can tell.</summary>
    public static string Kind(System.Type type) =>
        type.IsEnum ? "enum"
        : type.IsInterface ? "interface"
        : type.IsValueType ? "struct"
        : typeof(Delegate).IsAssignableFrom(type) ? "delegate"
        : type is { IsAbstract: true, IsSealed: true } ? "static class"
        : type.IsSealed ? "sealed class"
        : "open class";

    private static IEnumerable<string> Enumerators(System.Type type) => Enum.GetNames(type)
        .Select(name => (Name: name, Value: Convert.ToInt64(Enum.Parse(type, name), CultureInfo.InvariantCulture)))
        .OrderBy(each => each.Value)
        .Select(each => $"{each.Name} = {each.Value}");

    private static IEnumerable<string> Members(System.Type type)
    {
        var implementing = type.IsInterface ? [] : type.GetInterfaces().Where(each => each.IsPublic).SelectMany(each => type.GetInterfaceMap(each).TargetMethods).ToHashSet();
        return type.GetConstructors(Declared).Where(each => each.GetParameters().Length > 0).Select(each => $"new({Parameters(each)})")
            .Concat(type.GetFields(Declared).Select(each => $"field {Name(each.FieldType)} {each.Name}"))
            .Concat(type.GetProperties(Declared).Select(Print))
            .Concat(type.GetEvents(Declared).Select(each => $"event {Name(each.EventHandlerType!)} {each.Name}"))
            .Concat(type.GetMethods(Declared).Where(each => !each.IsSpecialName && each.GetBaseDefinition() == each && !implementing.Contains(each)).Select(Print));
    }

    private static string Print(PropertyInfo property) =>
        $"{Name(property.PropertyType, s_nullability.Create(property))} {property.Name} {{{(property.GetMethod?.IsPublic == true ? " get;" : "")}{(property.SetMethod?.IsPublic == true ? " set;" : "")} }}";

    private static string Print(MethodInfo method)
    {
        var generic = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(each => each.Name))}>" : "";
        return $"{(method.IsStatic ? "static " : "")}{Name(method.ReturnType, s_nullability.Create(method.ReturnParameter))} {method.Name}{generic}({Parameters(method)})";
    }

    private static string Parameters(MethodBase method) =>
        string.Join(", ", method.GetParameters().Select(each => $"{Name(each.ParameterType, s_nullability.Create(each))} {each.Name}{(each.IsOptional ? " = …" : "")}"));

    private static string Name(System.Type type, NullabilityInfo? nullability = null)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return Name(underlying) + "?";
        var mark = nullability is { ReadState: NullabilityState.Nullable } or { WriteState: NullabilityState.Nullable } && !type.IsValueType ? "?" : "";
        if (type.IsArray)
            return Name(type.GetElementType()!) + "[]" + mark;
        var name = type.IsGenericType ? type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)] : type.Name;
        return (type.IsGenericType ? $"{name}<{string.Join(", ", type.GetGenericArguments().Select(each => Name(each)))}>" : name) + mark;
    }
}
