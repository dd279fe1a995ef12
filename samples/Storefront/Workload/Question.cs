using System.Collections;
using NHibernate;

namespace Storefront.Workload;

/// <summary>
/// A cacheable query with its argument. A batch of queries (futures) is one question with several parts. Thread-safe: immutable.
/// </summary>
/// <param name="Name">What a person would call it, argument included.</param>
/// <param name="Ask">Runs it; one sequence of rows per part.</param>
internal sealed record Question(string Name, Func<ISession, IEnumerable[]> Ask)
{
    public static Question List(string name, Func<ISession, IEnumerable> ask) => new(name, session => [ask(session)]);

    public static Question Scalar(string name, Func<ISession, object?> ask) => new(name, session => [new[] { ask(session) }]);
}
