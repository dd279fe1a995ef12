using System.Buffers;
using System.Collections.Concurrent;
using NHibernate.Cache;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores.InProcess;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Stores.Redis;

/// <summary>
/// The entries of one session factory, and the stamps of one database, on Redis: shared by all processes. The scripts hold the protocol; here is
/// what goes into them and what becomes of their answers, and what happens when there is none. Thread-safe.
/// </summary>
internal sealed class RedisStore : ICacheStore, IRecoverable
{
    // What an entry depends on is the scripts' business.
    private static readonly Dependencies s_nothing = new([], []);

    private readonly RedisLink _link;
    private readonly RedisStoreOptions _options;
    private readonly IPayloadCodec _codec;
    private readonly string? _timeline;
    private readonly Lazy<object?[]> _space;
    private readonly SequenceHistory _history = new();
    private readonly DelayedPuts _delayed;
    private readonly WaitingPuts _puts;

    // Types that no other process would know, of which was told.
    private readonly ConcurrentDictionary<System.Type, bool> _refused = new();

    /// <param name="link">The way to Redis.</param>
    /// <param name="options">Settings.</param>
    /// <param name="codec">Turns keys and payloads into bytes.</param>
    /// <param name="scope">What is served.</param>
    public RedisStore(RedisLink link, RedisStoreOptions options, IPayloadCodec codec, StoreScope scope)
    {
        (_link, _options, _codec, _timeline) = (link, options, codec, scope.Timeline);
        _space = new Lazy<object?[]>(() => [.. options.EntrySpace.Value, scope.Database, .. scope.View]);
        _delayed = new DelayedPuts(options.Timeout);
        Calls = new ScriptCalls(new ScopeKeys(options.Prefix, ScopeKeys.HashOf(scope.Database)), new ScriptSettings(options, () => Shapes.Known.Epoch));
        _puts = new WaitingPuts(link, Calls);
        Debts = new Debts(link, () => new([Calls]), reply => Learn(reply, [], ""));
        link.Enlist(this);
        Join();
    }

    public Sequence Current => InProcessSequence.Current;

    public ScriptCalls Calls { get; }

    /// <summary>What is known of the registered shapes.</summary>
    public ShapeKnowledge Shapes { get; } = new();

    public bool IsSpread => _link.IsSpread;

    /// <summary>Whether the other nodes cannot be told of changes.</summary>
    public bool IsBroken => _link.IsBroken;

    public Debts Debts { get; }

    /// <summary>What was known of the server's sequence at a moment of this process.</summary>
    public RemoteSequence? KnownAt(Sequence moment) => _history.At(moment);

    /// <summary>When this process knew that the server's sequence had reached this one; a moment that never comes, if it did not yet.</summary>
    public Sequence FirstKnown(RemoteSequence sequence) => _history.FirstMomentOf(sequence);

    public RedisKey EntryKey(byte[] key) => ScopeKeys.Entry(_options.EntryPrefix, key);

    public CacheEntry Decode(ReadOnlyMemory<byte> payload) => new(_codec.Decode(payload)!, s_nothing, Sequence.None, TimeSpan.Zero, IsSliding: false);

    public void Learn(RedisReply reply, IReadOnlyList<Shape> asked, string answers)
    {
        Shapes.Learn(reply, asked, answers);
        _history.Learn(reply.Epoch, reply.Sequence);
    }

    /// <inheritdoc/>
    public ReadResult Read(EntryKey key, Func<ImmutableArray<Shape>> shapes, Sequence? asOf) => ReadMany([new LookUp(key, shapes)], asOf)[0];

    /// <inheritdoc/>
    public async ValueTask<ReadResult> ReadAsync(EntryKey key, Func<ImmutableArray<Shape>> shapes, Sequence? asOf, CancellationToken cancellationToken) =>
        (await ReadManyAsync([new LookUp(key, shapes)], asOf, cancellationToken).ConfigureAwait(false))[0];

    /// <inheritdoc/>
    public ReadResult[] ReadMany(IReadOnlyList<LookUp> lookUps, Sequence? asOf)
    {
        var entries = Begin(lookUps, asOf, out var operation);
        _delayed.Await(operation.Names);
        _puts.Go();
        try
        {
            for (var calls = operation.First(); calls.Length > 0;)
                calls = operation.Next(_link.Evaluate(calls));
            return Results(entries, operation);
        }
        catch (StoreUnavailableException)
        {
            return Array.ConvertAll(entries, static entry => entry is null ? NotShared : Unavailable);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ReadResult[]> ReadManyAsync(IReadOnlyList<LookUp> lookUps, Sequence? asOf, CancellationToken cancellationToken)
    {
        var entries = Begin(lookUps, asOf, out var operation);
        await _delayed.AwaitAsync(operation.Names, cancellationToken).ConfigureAwait(false);
        _puts.Go();
        try
        {
            for (var calls = operation.First(); calls.Length > 0;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                calls = operation.Next(await _link.EvaluateAsync(calls).ConfigureAwait(false));
            }
            return Results(entries, operation);
        }
        catch (StoreUnavailableException)
        {
            return Array.ConvertAll(entries, static entry => entry is null ? NotShared : Unavailable);
        }
    }

    /// <inheritdoc/>
    public EntryState Peek(EntryKey key)
    {
        if (BytesOf(key) is not { } bytes)
            return EntryState.Nothing(MissReason.NotShareable);
        _puts.Go();
        var operation = new PeekOperation(this, bytes);
        try
        {
            for (var call = operation.First(); call is not null;)
                call = operation.Next(_link.Evaluate(call));
            return operation.Result;
        }
        catch (StoreUnavailableException)
        {
            return EntryState.Nothing(MissReason.Unavailable);
        }
    }

    /// <inheritdoc/>
    public RejectedPutReason Put(EntryKey key, CacheEntry entry) =>
        entry.Sequence != Sequence.None && KnownAt(entry.Sequence) is { } known ? Put(key, entry, known) : RejectedPutReason.NoSequence;

    private RejectedPutReason Put(EntryKey key, CacheEntry entry, RemoteSequence known)
    {
        if (entry.TimeToLive <= TimeSpan.Zero)
            return RejectedPutReason.NoSequence;
        if (_link.IsInterrupted)
            return RejectedPutReason.Unavailable;
        if (BytesOf(key) is not { } name)
            return RejectedPutReason.NotSerializable;
        var payload = new ArrayBufferWriter<byte>();
        if (_codec.Encode(entry.Payload, payload) is { } type)
        {
            if (_refused.TryAdd(type, true))
                Log.NotSerializable(type);
            return RejectedPutReason.NotSerializable;
        }
        if (payload.WrittenCount > _options.MaxBytes || DependencyCount(entry.Dependencies) > ushort.MaxValue)
            return RejectedPutReason.TooLarge;
        // Mostly there are none, and the put is ready to be sent when this returns.
        var missing = Shapes.Missing([.. entry.Dependencies.Uses.Select(use => use.Shape)]);
        var put = PutAsync(missing, name, payload.WrittenMemory, entry, known);
        if (missing.Count > 0)
            _delayed.Add(EntryKey(name), put);
        _link.Leave(put);
        return RejectedPutReason.None;
    }

    public void Remove(EntryKey key)
    {
        if (_link.IsInterrupted || BytesOf(key) is not { } name)
            return;
        _puts.Go();
        _link.Leave(RemoveAsync(name));
    }

    /// <inheritdoc/>
    public bool TryLead(EntryKey key, Token token, TimeSpan lease)
    {
        if (BytesOf(key) is not { } name)
            return true;
        try
        {
            return HasLed(_link.Evaluate(Calls.Lead(LeadKey(name), token, lease)));
        }
        catch (StoreUnavailableException)
        {
            return true;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> TryLeadAsync(EntryKey key, Token token, TimeSpan lease)
    {
        if (BytesOf(key) is not { } name)
            return true;
        try
        {
            return HasLed(await _link.EvaluateAsync(Calls.Lead(LeadKey(name), token, lease)).ConfigureAwait(false));
        }
        catch (StoreUnavailableException)
        {
            return true;
        }
    }

    public void EndLead(EntryKey key, Token token)
    {
        if (_link.IsInterrupted || BytesOf(key) is not { } name)
            return;
        _link.Leave(EndLeadAsync(name, token));
    }

    ShapeList ICacheStore.Shapes(IReadOnlyCollection<TableId> tables) => Shapes.ListOf(tables);

    /// <inheritdoc/>
    public AnnounceResult Announce(Announcement announcement)
    {
        try
        {
            return Announced(announcement, _link.Evaluate(AnnounceCall(announcement)));
        }
        catch (StoreUnavailableException exception)
        {
            return NotAnnounced(announcement, exception);
        }
    }

    /// <summary>The caller's cancellation is ignored: the wait is bounded, and what the server has locked meanwhile would stay locked.</summary>
    public async ValueTask<AnnounceResult> AnnounceAsync(Announcement announcement, CancellationToken cancellationToken)
    {
        try
        {
            return Announced(announcement, await _link.EvaluateAsync(AnnounceCall(announcement)).ConfigureAwait(false));
        }
        catch (StoreUnavailableException exception)
        {
            return NotAnnounced(announcement, exception);
        }
    }

    /// <inheritdoc/>
    public ImmutableArray<RejectedPutReason> Publish(Publication publication)
    {
        var mayHoldLocks = Debts.Ends(publication);
        var missing = MissingShapesOf(publication.Written);
        try
        {
            return Published(publication, missing, _link.Evaluate(PublishCall(publication, missing)));
        }
        catch (StoreUnavailableException exception)
        {
            return NotPublished(publication, mayHoldLocks, exception);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<RejectedPutReason>> PublishAsync(Publication publication)
    {
        var mayHoldLocks = Debts.Ends(publication);
        var missing = MissingShapesOf(publication.Written);
        try
        {
            return Published(publication, missing, await _link.EvaluateAsync(PublishCall(publication, missing)).ConfigureAwait(false));
        }
        catch (StoreUnavailableException exception)
        {
            return NotPublished(publication, mayHoldLocks, exception);
        }
    }

    /// <inheritdoc/>
    public void Move(StampKey key) => Move(Calls.Move(key));

    /// <inheritdoc/>
    public void Move(ShapeUse use) => Move(Calls.Move(use));

    /// <summary>The shapes of these tables as the server has them now, which costs a round trip.</summary>
    public ShapeList FetchShapes(IReadOnlyCollection<TableId> tables)
    {
        var nothing = new Announcement(Token.Create(), [], tables, [], [], ShapesVersion: 0, TimeSpan.FromMilliseconds(1));
        return Shapes.Relearn(_link.Evaluate(Calls.Announce(nothing, ("", 0), [], [])), tables);
    }

    /// <summary>Waits, for a bounded time, until puts that were left have arrived.</summary>
    public void Drain()
    {
        _puts.Go();
        _link.Drain();
    }

    /// <inheritdoc/>
    public async ValueTask RecoverAsync() => Learn(await _link.AskAsync(Calls.Join(_timeline)).ConfigureAwait(false), [], "");

    private static ReadResult NotShared => new(null, MissReason.NotShareable, Sequence.None);

    private static ReadResult Unavailable => new(null, MissReason.Unavailable, Sequence.None);

    /// <returns>What to look up, in the order of the look-ups; null for what other processes cannot have put.</returns>
    private EntryLookUp?[] Begin(IReadOnlyList<LookUp> lookUps, Sequence? asOf, out ReadOperation operation)
    {
        var entries = new EntryLookUp?[lookUps.Count];
        for (var i = 0; i < entries.Length; i++)
            entries[i] = BytesOf(lookUps[i].Key) is { } key ? new EntryLookUp(key, EntryKey(key), lookUps[i].Shapes()) : null;
        operation = new ReadOperation(this, [.. entries.OfType<EntryLookUp>()], asOf);
        return entries;
    }

    private static ReadResult[] Results(EntryLookUp?[] entries, ReadOperation operation) =>
        Array.ConvertAll(entries, entry => entry is null ? NotShared : operation.ResultOf(entry));

    private byte[]? BytesOf(EntryKey key)
    {
        if (key.Parts is not { } parts)
            return null;
        var bytes = new ArrayBufferWriter<byte>();
        return _codec.Encode(new object?[] { _space.Value, parts }, bytes) is null ? bytes.WrittenSpan.ToArray() : null;
    }

    private async Task PutAsync(IReadOnlyList<Shape> missing, byte[] key, ReadOnlyMemory<byte> payload, CacheEntry entry, RemoteSequence known)
    {
        try
        {
            await RegisterAsync(missing).ConfigureAwait(false);
            var body = EntryEnvelope.Write(known, entry.Dependencies, Shapes, key, payload.Span);
            var timeToLive = entry.TimeToLive < _options.MaxTimeToLive ? entry.TimeToLive : _options.MaxTimeToLive;
            var (age, idle) = entry.IsSliding ? (_options.MaxTimeToLive, timeToLive) : (timeToLive, TimeSpan.Zero);
            _puts.Add(new WrittenEntry(EntryKey(key), age, idle, body));
        }
        catch (StoreUnavailableException)
        {
            // It was said when it failed; what is not stored is missed.
        }
    }

    private static int DependencyCount(Dependencies dependencies) => dependencies.Keys.Length + dependencies.Uses.Sum(use => use.Conjunctions.Length + 1);

    private async ValueTask RegisterAsync(IReadOnlyList<Shape> missing)
    {
        // A second time for those that stand in for others.
        for (var attempt = 0; attempt < 2 && missing.Count > 0; attempt++)
        {
            var reply = await _link.EvaluateAsync(Calls.Register(missing)).ConfigureAwait(false);
            Learn(reply, missing, reply.Text(0));
            missing = Shapes.Missing([.. missing]);
        }
    }

    private async Task RemoveAsync(byte[] key)
    {
        try
        {
            await _link.AskAsync(database => database.KeyDeleteAsync(EntryKey(key))).ConfigureAwait(false);
        }
        catch (StoreUnavailableException)
        {
            // Correctness never needs it.
        }
    }

    private RedisKey LeadKey(byte[] key) => ScopeKeys.Lead(_options.EntryPrefix, EntryKey(key));

    private static bool HasLed(RedisReply reply) => reply.Status == "Led";

    private async Task EndLeadAsync(byte[] key, Token token)
    {
        // Who waits for the lead to end looks for the entry then.
        await _delayed.AwaitAsync([EntryKey(key)], CancellationToken.None).ConfigureAwait(false);
        _puts.Go();
        try
        {
            await _link.EvaluateAsync(Calls.Leave(LeadKey(key), token)).ConfigureAwait(false);
        }
        catch (StoreUnavailableException)
        {
            // Its lease ends.
        }
    }

    private RedisCall AnnounceCall(Announcement announcement)
    {
        var shapes = announcement.RowShapes.Concat(announcement.Loaded.SelectMany(loaded => loaded.Row.Uses).Select(use => use.Shape)).Distinct();
        (string, long)? known = announcement.ShapesVersion is { } version ? Shapes.Named(version) : null;
        return Calls.Announce(announcement, known, [.. shapes], [.. announcement.Loaded.Select(loaded => KnownAt(loaded.At))]);
    }

    private AnnounceResult Announced(Announcement announcement, RedisReply reply)
    {
        Learn(reply, [], "");
        return reply.Status switch
        {
            nameof(AnnounceOutcome.NewShapes) => new AnnounceResult(AnnounceOutcome.NewShapes, Shapes.Relearn(reply, announcement.Tables), []),
            nameof(AnnounceOutcome.Untrusted) => new AnnounceResult(AnnounceOutcome.Untrusted, default, [.. Enumerable.Range(0, reply.Count).Select(i => announcement.Loaded[int.Parse(reply.Text(i), CultureInfo.InvariantCulture)])]),
            _ => new AnnounceResult(Enum.Parse<AnnounceOutcome>(reply.Status), default, []),
        };
    }

    /// <summary>A transaction is about to commit what the others do not know of.</summary>
    private AnnounceResult NotAnnounced(Announcement announcement, StoreUnavailableException exception)
    {
        if (_options.IsStrict)
            throw Refused(exception);
        Debts.NotAnnounced(announcement, exception.WasAsked);
        _link.Interrupt(exception);
        return new AnnounceResult(AnnounceOutcome.Announced, default, []);
    }

    /// <summary>
    /// Its locks, if they were announced, move at the end of their lease; but the server that holds them may be another one by then, so
    /// everything moves when it is back.
    /// </summary>
    private ImmutableArray<RejectedPutReason> NotPublished(Publication publication, bool mayHoldLocks, StoreUnavailableException exception)
    {
        Debts.NotPublished(publication, mayHoldLocks);
        _link.Interrupt(exception);
        return publication.NothingWritten;
    }

    private IReadOnlyList<Shape> MissingShapesOf(ImmutableArray<WrittenState> written) =>
        written.IsEmpty ? [] : Shapes.Missing([.. written.SelectMany(one => one.Entry.Dependencies.Uses).Select(use => use.Shape).Distinct()]);

    private RedisCall PublishCall(Publication publication, IReadOnlyList<Shape> missing) => Calls.Publish(publication, missing, [.. publication.Written.Select(Claim)]);

    /// <summary>What must have stayed as it was; of a shape that is only being registered, as if it were.</summary>
    private WrittenClaim Claim(WrittenState written)
    {
        var (stamps, births) = (new HashSet<StampKey>(written.Entry.Dependencies.Keys), new HashSet<StampKey>());
        foreach (var use in written.Entry.Dependencies.Uses)
        {
            var (shape, conjunctions) = Shapes.IsKnown(use.Shape) ? Shapes.Resolve(use) : (use.Shape, use.Conjunctions);
            stamps.UnionWith(conjunctions);
            if (shape is not null)
                births.Add(shape.Key);
        }
        return new WrittenClaim(KnownAt(written.Entry.Sequence), [.. stamps], [.. births]);
    }

    /// <summary>They are put as of the very sequence to which their stamps have moved: this process may have heard of a later one by now.</summary>
    private ImmutableArray<RejectedPutReason> Published(Publication publication, IReadOnlyList<Shape> missing, RedisReply reply)
    {
        var (shapes, answers, known) = (reply.Text(0), reply.Text(1), new RemoteSequence(reply.Epoch, reply.Sequence));
        Learn(reply, missing, shapes);
        // Of a shape that something stands in for, or that is taken for another, nothing was asked.
        var areAsked = shapes.All(static answer => answer == '1');
        return [.. publication.Written.Select((written, i) => areAsked && answers[i] == '1' ? Put(written.Key, written.Entry, known) : RejectedPutReason.WrittenState)];
    }

    private void Move(RedisCall call)
    {
        try
        {
            Learn(_link.Evaluate(call), [], "");
        }
        catch (StoreUnavailableException exception)
        {
            Debts.Incur();
            _link.Interrupt(exception);
            if (_options.IsStrict)
                throw Refused(exception);
        }
    }

    public static CacheException Refused(StoreUnavailableException exception) =>
        new("Redis is out of reach, so the other nodes cannot be told what is about to change. The change is refused, because cache.granular.failure_policy is strict.", exception);

    private void Join()
    {
        try
        {
            Learn(_link.Evaluate(Calls.Join(_timeline)), [], "");
        }
        catch (StoreUnavailableException)
        {
            // Whoever recovers the link joins.
        }
    }
}
