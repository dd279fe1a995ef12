using NHibernate;

namespace Storefront.Workload;

/// <summary>One visit or one change: a session and a transaction of its own.</summary>
internal abstract record Operation
{
    /// <param name="session">In a transaction that is committed afterwards.</param>
    /// <param name="ask">Asks a question through the session and records the answer.</param>
    public abstract void Run(ISession session, Action<Question> ask);
}

/// <summary>A page: some questions, and whatever else it reads through the session.</summary>
internal sealed record Page(Question[] Questions, Action<ISession>? Also = null) : Operation
{
    public override void Run(ISession session, Action<Question> ask)
    {
        foreach (var question in Questions)
            ask(question);
        Also?.Invoke(session);
    }
}

/// <summary>A change in the shop.</summary>
/// <param name="Name">What a person would call it.</param>
internal sealed record Change(string Name, Action<ISession> Apply) : Operation
{
    public override void Run(ISession session, Action<Question> ask) => Apply(session);
}
