using System.Collections;
using System.Security.Cryptography;
using System.Text;
using NHibernate;
using NHibernate.Engine;
using NHibernate.Metadata;
using NHibernate.Proxy;
using NHibernate.Type;
using Storefront.Workload;

namespace Storefront.Comparison;

/// <summary>Reads rows into digests that can be compared across sessions and databases. Not thread-safe.</summary>
internal sealed class AnswerReader(ISession session)
{
    private readonly StringBuilder _rows = new();
    private readonly StringBuilder _state = new();

    public Answer Read(Question question, int part, IEnumerable rows)
    {
        _rows.Clear();
        _state.Clear();
        foreach (var row in rows)
            AppendRow(row);
        return new Answer(question, part, Digest(_rows), Digest(_state));
    }

    private void AppendRow(object? row)
    {
        foreach (var value in row as object?[] ?? [row])
        {
            if (value is not null && Metadata(value) is { } metadata)
                AppendEntity(value, metadata);
            else
                AppendToBoth(Text(value));
        }
        AppendToBoth("\n");
    }

    private void AppendEntity(object entity, IClassMetadata metadata)
    {
        var instance = session.GetSessionImplementation().PersistenceContext.UnproxyAndReassociate(entity);
        AppendToBoth($"{metadata.EntityName}#{session.GetIdentifier(entity)}");
        AppendState(metadata.PropertyTypes, metadata.GetPropertyValues(instance));
    }

    private void AppendState(IType[] types, object?[] values)
    {
        foreach (var (type, value) in types.Zip(values))
        {
            if (type.IsCollectionType)
                continue;
            if (value is not null && type is IAbstractComponentType component)
                AppendState(component.Subtypes, component.GetPropertyValues(value));
            else if (value is not null && type.IsAssociationType)
                Append(_state, Text(session.GetIdentifier(value)));
            else
                Append(_state, Text(value));
        }
    }

    private IClassMetadata? Metadata(object value) =>
        session.SessionFactory.GetClassMetadata(NHibernateProxyHelper.GetClassWithoutInitializingProxy(value));

    private void AppendToBoth(string text)
    {
        Append(_rows, text);
        Append(_state, text);
    }

    private static void Append(StringBuilder to, string text) => to.Append(text).Append('\u001f');

    // 1.5 and 1.50 are one price: the scale is not part of the answer.
    private static string Text(object? value) => value switch
    {
        null => "\u0000",
        decimal number => number.ToString("0.############", CultureInfo.InvariantCulture),
        DateTime time => time.Ticks.ToString(CultureInfo.InvariantCulture),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static string Digest(StringBuilder text) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())), 0, 12);
}
