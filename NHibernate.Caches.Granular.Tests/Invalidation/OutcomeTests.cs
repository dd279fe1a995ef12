using System.Net.Sockets;
using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Exceptions;
using Npgsql;

namespace NHibernate.Caches.Granular.Tests.Invalidation;

/// <summary>Which failures prove that a statement outside a transaction has changed nothing (I3).</summary>
public sealed class OutcomeTests
{
    [TestCase("23505", ExpectedResult = true)]
    [TestCase("40001", ExpectedResult = true)]
    [TestCase("08006", ExpectedResult = false)]
    [TestCase("57P01", ExpectedResult = false)]
    [TestCase("58030", ExpectedResult = false)]
    [TestCase("XX000", ExpectedResult = false)]
    public bool Failure_is_known_when_the_server_answered_and_is_not_going_away(string state) =>
        Outcome.IsKnown(new GenericADOException("failed", new PostgresException("failed", "ERROR", "ERROR", state)));

    [Test]
    public void Failure_without_an_answer_of_the_server_proves_nothing()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Outcome.IsKnown(new NpgsqlException("reading", new SocketException())), Is.False);
            Assert.That(Outcome.IsKnown(new NpgsqlException("reading", new TimeoutException())), Is.False);
            Assert.That(Outcome.IsKnown(new OperationCanceledException()), Is.False);
        }
    }
}
