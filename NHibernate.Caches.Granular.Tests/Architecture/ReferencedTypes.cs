using System.Reflection;
using System.Reflection.Emit;

namespace NHibernate.Caches.Granular.Tests.Architecture;

/// <summary>
/// Every type that a type mentions: base types, members, generic arguments, attributes and whatever its code calls, creates or
/// casts. Constants are copied by the compiler and leave no trace. Thread-safe: stateless.
/// </summary>
internal static class ReferencedTypes
{
    private const BindingFlags All = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> s_opCodes = typeof(OpCodes).GetFields().Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    public static HashSet<System.Type> Of(System.Type type)
    {
        var found = new HashSet<System.Type>();
        Add(found, type.BaseType);
        foreach (var each in type.GetInterfaces().Concat(type.GetGenericArguments()).Concat(type.GetCustomAttributesData().Select(data => data.AttributeType)))
            Add(found, each);
        foreach (var field in type.GetFields(All))
            Add(found, field.FieldType);
        foreach (var method in type.GetMethods(All).Concat<MethodBase>(type.GetConstructors(All)))
            AddMethod(found, method);
        found.Remove(type);
        return found;
    }

    private static void AddMethod(HashSet<System.Type> found, MethodBase method)
    {
        Add(found, (method as MethodInfo)?.ReturnType);
        foreach (var parameter in method.GetParameters())
            Add(found, parameter.ParameterType);
        if (method.GetMethodBody() is not { } body)
            return;
        foreach (var local in body.LocalVariables)
            Add(found, local.LocalType);
        foreach (var clause in body.ExceptionHandlingClauses.Where(clause => clause.Flags == ExceptionHandlingClauseOptions.Clause))
            Add(found, clause.CatchType);
        foreach (var token in Tokens(body.GetILAsByteArray()!))
            AddMember(found, Resolve(method, token));
    }

    private static void AddMember(HashSet<System.Type> found, MemberInfo? member)
    {
        Add(found, member as System.Type ?? member?.DeclaringType);
        if (member is FieldInfo field)
            Add(found, field.FieldType);
        if (member is not MethodBase called)
            return;
        Add(found, (called as MethodInfo)?.ReturnType);
        foreach (var each in called.GetParameters().Select(parameter => parameter.ParameterType).Concat(called.IsGenericMethod ? called.GetGenericArguments() : []))
            Add(found, each);
    }

    private static MemberInfo? Resolve(MethodBase method, int token)
    {
        var ofType = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        return method.Module.ResolveMember(token, ofType, method.IsGenericMethod ? method.GetGenericArguments() : null);
    }

    private static IEnumerable<int> Tokens(byte[] il)
    {
        for (var at = 0; at < il.Length;)
        {
            var code = il[at] == 0xFE ? s_opCodes[unchecked((short)(0xFE00 | il[at + 1]))] : s_opCodes[il[at]];
            at += code.Size;
            if (code.OperandType is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
                yield return BitConverter.ToInt32(il, at);
            at += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(il, at),
                _ => 4,
            };
        }
    }

    private static void Add(HashSet<System.Type> found, System.Type? type)
    {
        while (type?.HasElementType == true)
            type = type.GetElementType();
        if (type is null || type.IsGenericParameter)
            return;
        foreach (var argument in type.IsGenericType && !type.IsGenericTypeDefinition ? type.GetGenericArguments() : [])
            Add(found, argument);
        found.Add(type.IsGenericType ? type.GetGenericTypeDefinition() : type);
    }
}
