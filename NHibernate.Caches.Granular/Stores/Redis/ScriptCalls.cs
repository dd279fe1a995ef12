using NHibernate.Caches.Granular.Stamps;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Stores.Redis;

/// <summary>
/// The calls of the scripts for the stamps of one database and the entries that depend on them: which keys and arguments, as each script's own
/// words say. Thread-safe.
/// </summary>
/// <param name="keys">The stamps.</param>
/// <param name="settings">What every script takes first.</param>
internal sealed class ScriptCalls(ScopeKeys keys, ScriptSettings settings)
{
    private readonly RedisKey[] _keys = [.. keys.Stamps];

    /// <param name="list">Databases are listed in several.</param>
    /// <param name="settings">What every script takes first.</param>
    public static RedisCall List(RedisKey list, ScriptSettings settings) => new(RedisScript.List, [list], [settings.Block]);

    public RedisCall Fetch(RedisKey entry) => new(RedisScript.Fetch, [entry], [settings.Block]);

    public RedisCall Peek(RedisKey entry) => new(RedisScript.Peek, [entry], [settings.Block]);

    public RedisCall Put(IReadOnlyCollection<WrittenEntry> entries) => new(RedisScript.Put, [.. entries.Select(entry => entry.Name)],
        [settings.Block, .. entries.SelectMany(entry => new RedisValue[] { Milliseconds(entry.Age), Milliseconds(entry.Idle), entry.Body })]);

    /// <param name="lead">The key that says who has it.</param>
    /// <param name="token">Who asks.</param>
    /// <param name="lease">For how long.</param>
    public RedisCall Lead(RedisKey lead, Token token, TimeSpan lease) => new(RedisScript.Lead, [lead], [settings.Block, Of(token), Milliseconds(lease)]);

    public RedisCall Leave(RedisKey lead, Token token) => new(RedisScript.Leave, [lead], [settings.Block, Of(token)]);

    /// <param name="entries">Their names.</param>
    /// <param name="known">In which life and generation the shapes were registered that this process knows.</param>
    /// <param name="asOf">The reader's snapshot.</param>
    /// <param name="shapes">Those to register.</param>
    public RedisCall Read(IEnumerable<RedisKey> entries, (string Epoch, string Generation) known, RemoteSequence? asOf, IReadOnlyList<Shape> shapes) =>
        new(RedisScript.Read, [.. _keys, .. entries], [settings.Block, known.Epoch, known.Generation, .. AsOf(asOf), .. Shapes(shapes)]);

    /// <param name="fetched">Of each entry the head, which says what it depends on, empty when there is none; and what fetching it said.</param>
    /// <param name="known">As of <see cref="Read"/>.</param>
    /// <param name="asOf">Likewise.</param>
    /// <param name="shapes">Likewise.</param>
    public RedisCall Verdict(IReadOnlyCollection<(ReadOnlyMemory<byte> Head, string Said)> fetched, (string Epoch, string Generation) known, RemoteSequence? asOf, IReadOnlyList<Shape> shapes) =>
        new(RedisScript.Verdict, _keys,
        [
            settings.Block,
            known.Epoch,
            known.Generation,
            .. AsOf(asOf),
            Digits(fetched.Count),
            .. fetched.SelectMany(entry => new RedisValue[] { entry.Head, entry.Said }),
            .. Shapes(shapes),
        ]);

    public RedisCall Register(IReadOnlyList<Shape> shapes) => new(RedisScript.Register, _keys, [settings.Block, .. Shapes(shapes)]);

    /// <param name="announcement">What to announce.</param>
    /// <param name="known">The shapes its keys were computed from; null to accept any.</param>
    /// <param name="shapes">Those to register.</param>
    /// <param name="loaded">For each loaded state what was known when it was loaded.</param>
    public RedisCall Announce(Announcement announcement, (string Epoch, long Version)? known, IReadOnlyList<Shape> shapes, IReadOnlyList<RemoteSequence?> loaded)
    {
        TableId[] tables = [.. announcement.Tables.Distinct()];
        var arguments = new List<RedisValue>
        {
            settings.Block,
            Of(announcement.Token),
            announcement.IsAddition ? "1" : "0",
            Milliseconds(announcement.Lease),
            known?.Epoch ?? "",
            known is { } version ? Digits(version.Version) : "",
            Digits(tables.Length),
        };
        arguments.AddRange(Tables(tables));
        arguments.AddRange(Shapes(shapes));
        arguments.Add(Digits(loaded.Count));
        for (var i = 0; i < loaded.Count; i++)
        {
            var row = announcement.Loaded[i].Row;
            arguments.AddRange(AsOf(loaded[i]));
            arguments.Add(ShapeText.Of([.. row.Keys, .. row.Uses.SelectMany(use => use.Conjunctions)]));
            arguments.Add(ShapeText.Of([.. row.Uses.Select(use => use.Shape.Key)]));
        }
        arguments.Add(WithAnyChange(announcement.Keys));
        return new RedisCall(RedisScript.Announce, _keys, [.. arguments]);
    }

    /// <param name="publication">What to publish.</param>
    /// <param name="shapes">Those to register, of what was written.</param>
    /// <param name="written">What must not have changed of each written state.</param>
    public RedisCall Publish(Publication publication, IReadOnlyList<Shape> shapes, IReadOnlyCollection<WrittenClaim> written) =>
        new(RedisScript.Publish, _keys,
        [
            settings.Block,
            Of(publication.Token),
            publication.Proven ? "1" : "0",
            Milliseconds(publication.Lease),
            Digits(publication.Tables.Count),
            .. Tables(publication.Tables),
            WithAnyChange(publication.Keys),
            .. Shapes(shapes),
            Digits(written.Count),
            .. written.SelectMany(claim => (RedisValue[])[.. AsOf(claim.Since), ShapeText.Of(claim.Stamps), ShapeText.Of(claim.Shapes)]),
        ]);

    /// <param name="ended">Transactions that may hold locks, and need none any more.</param>
    /// <param name="underWay">What transactions would have announced whose outcome is not known yet.</param>
    public RedisCall Settle(IReadOnlyCollection<Token> ended, IReadOnlyCollection<Announcement> underWay) =>
        new(RedisScript.Settle, _keys,
        [
            settings.Block,
            Digits(ended.Count),
            .. ended.Select(Of),
            Digits(underWay.Count),
            .. underWay.SelectMany(announcement => (RedisValue[])
            [
                Of(announcement.Token),
                Milliseconds(announcement.Lease),
                Digits(announcement.Tables.Count),
                .. Tables(announcement.Tables),
                WithAnyChange(announcement.Keys),
            ]),
        ]);

    public RedisCall Move(StampKey key) => new(RedisScript.Move, _keys, [settings.Block, ShapeText.Of(key), .. Shapes([]), "", ""]);

    public RedisCall Move(ShapeUse use) =>
        new(RedisScript.Move, _keys,
        [
            settings.Block,
            use.Conjunctions.IsEmpty ? ShapeText.Of(use.Shape.Key) : ShapeText.Of(use.Conjunctions),
            .. Shapes([use.Shape]),
            ShapeText.Of(Shape.Any(use.Shape.Table).Key),
            ShapeText.Of(StampKey.AnyChange),
        ]);

    public RedisCall Join(string? timeline) => new(RedisScript.Join, _keys, [settings.Block, timeline ?? ""]);

    public RedisCall Forget() => new(RedisScript.Forget, [_keys[0]], [settings.Block]);

    private static RedisValue[] AsOf(RemoteSequence? asOf) => asOf is { } known ? [known.Epoch, Digits(known.Sequence)] : ["", ""];

    private static IEnumerable<RedisValue> Shapes(IReadOnlyList<Shape> shapes)
    {
        yield return Digits(shapes.Count);
        foreach (var shape in shapes)
        {
            yield return ShapeText.Of(shape.Key);
            yield return shape.Table.Name;
            yield return ShapeText.Of(shape);
            // The shape that stands in for those beyond the bound does not count among them.
            yield return shape.Equals(Shape.Any(shape.Table)) ? "0" : "1";
        }
    }

    private static IEnumerable<RedisValue> Tables(IEnumerable<TableId> tables) => tables.SelectMany(table => new RedisValue[] { table.Name, ShapeText.Of(StampKey.Table(table)) });

    /// <summary>Every publish moves it, so every announce must lock it.</summary>
    private static byte[] WithAnyChange(IReadOnlyCollection<StampKey> keys) => ShapeText.Of([.. keys, StampKey.AnyChange]);

    private static RedisValue Of(Token token) => token.Id.ToByteArray();

    private static string Digits(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Rounded up, so that nothing lasts no time at all; and such that no script's sums exceed what its numbers hold exactly.</summary>
    private static string Milliseconds(TimeSpan span) => Digits((long)Math.Min(Math.Ceiling(span.TotalMilliseconds), 1e13));
}

/// <summary>What of a written state must not have changed. Thread-safe: immutable.</summary>
/// <param name="Since">A sequence of the server from before the COMMIT; null when none is known.</param>
/// <param name="Stamps">The stamps that it depends on.</param>
/// <param name="Shapes">The stamps of its shapes.</param>
internal sealed record WrittenClaim(RemoteSequence? Since, IReadOnlyCollection<StampKey> Stamps, IReadOnlyCollection<StampKey> Shapes);
