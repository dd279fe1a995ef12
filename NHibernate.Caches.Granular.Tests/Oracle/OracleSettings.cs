using NHibernate.Cfg;

namespace NHibernate.Caches.Granular.Tests.Oracle;

/// <summary>What an oracle run does. Thread-safe: immutable.</summary>
internal sealed record OracleSettings
{
    /// <summary>Decides every choice of every worker; only the interleaving is left to the scheduler.</summary>
    public required int Seed { get; init; }

    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>A slow machine goes on until it has read so often, for ten times the duration at most.</summary>
    public int MinReads { get; init; } = 500;

    public int Writers { get; init; } = 3;

    public int Readers { get; init; } = 4;

    /// <summary>How many rows of each kind there are: fewer are hotter.</summary>
    public int RowsPerKind { get; init; } = 6;

    /// <summary>Mean pause of a writer between transactions, in milliseconds: longer means more hits.</summary>
    public int WriterPause { get; init; } = 12;

    /// <summary>In percent of the readers' sessions; the rest is READ COMMITTED and autocommit in equal parts.</summary>
    public int RepeatableRead { get; init; } = 25;

    /// <summary>Whether updates write only what was changed.</summary>
    public bool DynamicUpdate { get; init; }

    /// <summary><c>adonet.batch_size</c>.</summary>
    public int BatchSize { get; init; }

    /// <summary>Chooses the cache provider and its options.</summary>
    public Action<Configuration> Cache { get; init; } = configuration => configuration.UseGranularCache();

    /// <summary>What <see cref="Cache"/> does, for people.</summary>
    public string Note { get; init; } = "";

    /// <summary>The run ends when so many stale reads were found.</summary>
    public int MaxFindings { get; init; } = 1;

    public override string ToString() =>
        $"seed {Seed}, {Writers} writers, {Readers} readers, {RowsPerKind} rows, pause {WriterPause} ms, {RepeatableRead} % repeatable read, dynamic update {DynamicUpdate}, batch {BatchSize} {Note}";
}
