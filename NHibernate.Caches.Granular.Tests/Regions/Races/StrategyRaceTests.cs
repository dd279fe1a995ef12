namespace NHibernate.Caches.Granular.Tests.Regions.Races;

public sealed class ReadWriteRaceTests : RegionRaceTests
{
    public static IEnumerable<Race> Cases => RaceCases.OfAnyStrategy.Concat(RaceCases.OfWrittenEntities);

    protected override string Usage => "read-write";
}

public sealed class NonstrictReadWriteRaceTests : RegionRaceTests
{
    public static IEnumerable<Race> Cases => RaceCases.OfAnyStrategy.Concat(RaceCases.OfWrittenEntities);

    protected override string Usage => "nonstrict-read-write";
}

public sealed class ReadOnlyRaceTests : RegionRaceTests
{
    public static IEnumerable<Race> Cases => RaceCases.OfAnyStrategy;

    protected override string Usage => "read-only";
}
