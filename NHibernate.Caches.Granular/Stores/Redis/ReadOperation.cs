using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores.InProcess;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Stores.Redis;

/// <summary>
/// Look-ups that are made together, step by step: what to ask next, and what the answers mean. What is asked in one step is sent at once, so that
/// one waits once. Mostly it is one step; two where entries are kept on other servers of a cluster than their stamps, or where the stamps have begun
/// a new generation. Not thread-safe: belongs to whoever looks up.
/// </summary>
/// <param name="store">What is looked up in.</param>
/// <param name="lookUps">The entries.</param>
/// <param name="asOf">The reader's snapshot in this process's terms.</param>
internal sealed class ReadOperation(RedisStore store, IReadOnlyList<EntryLookUp> lookUps, Sequence? asOf)
{
    /// <summary>Entries of one call: while a script runs, its server does nothing else.</summary>
    private const int MaxEntries = 100;

    private const int MaxRepetitions = 3;

    private readonly RemoteSequence? _asOf = asOf is { } moment ? store.KnownAt(moment) ?? new RemoteSequence("", 0) : null;

    // Where the servers keep entries apart from their stamps, the entries come first.
    private bool _isFetching = store.IsSpread;
    private Question[] _questions = [];

    /// <summary>Under which the entries are kept.</summary>
    public IEnumerable<RedisKey> Names => lookUps.Select(lookUp => lookUp.Name);

    /// <returns>What to ask first.</returns>
    public RedisCall[] First() => _isFetching ? [.. lookUps.Select(lookUp => store.Calls.Fetch(lookUp.Name))] : Ask(lookUps);

    /// <returns>What to ask next; nothing when all look-ups have their answers.</returns>
    public RedisCall[] Next(RedisReply[] replies)
    {
        if (_isFetching)
        {
            _isFetching = false;
            for (var i = 0; i < replies.Length; i++)
                lookUps[i].Take(replies[i]);
            return Ask(lookUps);
        }
        var unanswered = new List<EntryLookUp>();
        for (var i = 0; i < replies.Length; i++)
            Take(_questions[i], replies[i], unanswered);
        return unanswered.Count == 0 ? [] : Ask(unanswered);
    }

    /// <summary>The answer to a look-up, when there is nothing more to ask.</summary>
    public ReadResult ResultOf(EntryLookUp lookUp)
    {
        // What a snapshot transaction reads is as old as its snapshot, whenever it reads it.
        var moment = asOf ?? InProcessSequence.Current;
        try
        {
            return new ReadResult(lookUp.Payload is { } payload ? store.Decode(payload) : null, lookUp.Reason, moment);
        }
        catch (PayloadException)
        {
            return new ReadResult(null, MissReason.Foreign, moment);
        }
    }

    private RedisCall[] Ask(IReadOnlyList<EntryLookUp> about)
    {
        _questions = [.. about.Chunk(MaxEntries).Select(part => new Question(part, store.Shapes.Missing(ShapesOf(part))))];
        return Array.ConvertAll(_questions, CallOf);
    }

    private static ImmutableArray<Shape> ShapesOf(EntryLookUp[] about) =>
        about is [var only] ? only.Shapes : [.. about.SelectMany(lookUp => lookUp.Shapes).Distinct()];

    private RedisCall CallOf(Question question)
    {
        var known = store.Shapes.Known;
        return question.About[0].Fetched.Said is null
            ? store.Calls.Read(question.About.Select(lookUp => lookUp.Name), known, _asOf, question.Shapes)
            : store.Calls.Verdict(Array.ConvertAll(question.About, lookUp => lookUp.Fetched), known, _asOf, question.Shapes);
    }

    /// <param name="question">What was asked.</param>
    /// <param name="reply">How the shapes stand; then for each look-up the outcome and the entry.</param>
    /// <param name="unanswered">The look-ups that must be made again.</param>
    private void Take(Question question, RedisReply reply, List<EntryLookUp> unanswered)
    {
        store.Learn(reply, question.Shapes, reply.Text(0));
        for (var i = 0; i < question.About.Length; i++)
        {
            var (lookUp, outcome) = (question.About[i], reply.Text(1 + (2 * i)));
            if (outcome == nameof(MissReason.None))
                lookUp.Hit(reply.Bytes(2 + (2 * i)));
            else if (outcome == "Later" || MustRegister(lookUp, reply))
                unanswered.Add(lookUp);
            else
                lookUp.Miss(Enum.Parse<MissReason>(outcome));
        }
    }

    // The stamps' generation, or life, is another one than this process knew; or shapes must be registered that stand in for others.
    private bool MustRegister(EntryLookUp lookUp, RedisReply reply) =>
        (reply.Status == "Shapes" || store.Shapes.Missing(lookUp.Shapes).Count > 0) && lookUp.Repetitions++ < MaxRepetitions;

    /// <param name="About">The look-ups of one call.</param>
    /// <param name="Shapes">Those to register.</param>
    private sealed record Question(EntryLookUp[] About, IReadOnlyList<Shape> Shapes);
}
