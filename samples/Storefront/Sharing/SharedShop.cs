using NHibernate;
using Storefront.Comparison;
using Storefront.Data;

namespace Storefront.Sharing;

/// <summary>
/// Two processes over one database and one Redis. One asks, and the other is given what the first has cached; one changes something, and the
/// other's next answers are compared with the database's own. Not thread-safe.
/// </summary>
internal sealed class SharedShop(ISessionFactory uncached, NodeProcess writer, NodeProcess reader)
{
    private readonly SurvivalStudy _study = new(ShopDirectory.Read(uncached));
    private readonly VariantRun _truth = new(uncached);

    public SharedOutcome Run()
    {
        // Twice: what the first asking puts has certainly arrived when the second is answered.
        AskAll(writer);
        AskAll(writer);
        var shared = AskAll(reader);
        var truth = Truth();
        var stale = Stale(shared, truth);
        var cases = new List<SharedCase>();
        for (var number = 0; number < _study.Cases.Count; number++)
            cases.Add(Change(number, ref truth));
        return new SharedOutcome(writer.Id, reader.Id, _study.Questions.Count, shared.Count(reply => reply.Hit), shared.Sum(reply => reply.Statements), stale, cases);
    }

    private SharedCase Change(int number, ref List<Reply> truth)
    {
        var before = truth;
        writer.Change(number);
        var after = AskAll(reader);
        truth = Truth();
        var (kept, dropped) = (0, 0);
        for (var i = 0; i < after.Count; i++)
        {
            kept += after[i].Hit ? 1 : 0;
            dropped += !after[i].Hit && truth[i].Rows == before[i].Rows ? 1 : 0;
        }
        // What the reader has read again is now the writer's to have.
        var back = AskAll(writer);
        return new SharedCase(_study.Cases[number].Change.Name, truth.Zip(before).Count(pair => pair.First.Rows != pair.Second.Rows), kept, dropped,
            Stale(after, truth) + Stale(back, truth), back.Count(reply => reply.Hit));
    }

    private List<Reply> AskAll(NodeProcess node) => [.. Enumerable.Range(0, _study.Questions.Count).Select(node.Ask)];

    private List<Reply> Truth() => [.. _study.Questions.Select(question => _truth.Ask(question).Answers)
        .Select(answers => new Reply(false, 0, SurvivalStudy.Rows(answers), SurvivalStudy.State(answers)))];

    private static int Stale(List<Reply> replies, List<Reply> truth) => replies.Zip(truth).Count(pair => pair.First.State != pair.Second.State);
}
