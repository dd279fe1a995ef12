namespace NHibernate.Caches.Granular.Servers;

/// <summary>A command as a client sent it. Thread-safe: immutable.</summary>
/// <param name="Name">In capitals, as in <c>EVALSHA</c>; without the subcommand.</param>
/// <param name="Arguments">What follows the name; bytes are characters of the same number.</param>
public sealed record RedisRequest(string Name, IReadOnlyList<string> Arguments)
{
    /// <summary>Whether one of the arguments is <paramref name="argument"/>.</summary>
    public bool Has(string argument) => Arguments.Contains(argument);

    public override string ToString() => Name;
}
