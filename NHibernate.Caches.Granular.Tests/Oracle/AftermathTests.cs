using NHibernate.Caches.Granular.Oracle;
using NHibernate.Caches.Granular.Oracle.Processes;
using NHibernate.Caches.Granular.Oracle.Rows;
using Npgsql;

namespace NHibernate.Caches.Granular.Tests.Oracle;

/// <summary>What is found out of the transactions of a process that was killed.</summary>
public sealed class AftermathTests
{
    private const int Dead = 5;

    private readonly RowTable _rows = new(3);
    private string _database = null!;
    private RowHistory _history = null!;
    private RowHistory _deads = null!;

    [OneTimeSetUp]
    public async Task CreateTables()
    {
        _database = await TestDatabase.CreateAsync("aftermath");
        OracleRun.CreateTables(_database, new OracleSettings { Seed = 1, RowsPerKind = 3, Cache = configuration => configuration.SetProperty(Cfg.Environment.UseSecondLevelCache, "false").SetProperty(Cfg.Environment.UseQueryCache, "false") });
    }

    [SetUp]
    public void Begin()
    {
        var words = new Words(RowHistory.Size(_rows));
        (_history, _deads) = (new RowHistory(_rows, words, 0, 0), new RowHistory(_rows, words, 0, Dead));
        OracleRun.Begin(_history, _rows);
    }

    [Test]
    public async Task Database_says_what_was_committed_and_what_was_not()
    {
        await ExecuteAsync("update item set rev = 7 where id = 1; delete from item where id = 3; update doc set rev = 9 where id = 1");
        _deads.Attempt(Item(1), new RowState(7, true, 1));
        _deads.Attempt(Item(2), new RowState(8, true, 1));
        _deads.Attempt(Item(3), new RowState(6, Exists: false));
        _deads.Attempt(_rows.Of<Doc>(1), new RowState(5));
        var (committed, rolledBack, dirty) = Settle();
        Assert.That((committed, rolledBack), Is.EqualTo((3, 1)));
        Assert.That(dirty, Is.Empty);
        var floors = _history.NewFloors();
        _history.Note(floors);
        Assert.That((floors[Item(1)], floors[Item(2)], floors[Item(3)], floors[_rows.Of<Doc>(1)]), Is.EqualTo((7, 0, 6, 5)));
        Assert.That(_history.Observe(Item(2), 8), Is.False, "it was rolled back");
    }

    [Test]
    public void What_was_read_and_never_committed_was_dirty()
    {
        _deads.Attempt(_rows.Of<Note>(1), new RowState(3));
        Assert.That(_history.Observe(_rows.Of<Note>(1), 3), Is.True);
        Assert.That(Settle().Dirty, Has.Count.EqualTo(1));
    }

    [Test]
    public void Changes_of_those_who_live_are_their_own_business()
    {
        _history.Attempt(Item(2), new RowState(8, true, 1));
        Assert.That(Settle().RolledBack, Is.Zero);
        Assert.That(_history.Observe(Item(2), 8), Is.True);
    }

    private int Item(int id) => _rows.Of<Item>(id);

    private (int Committed, int RolledBack, List<string> Dirty) Settle() => Aftermath.Settle(_database, "nobody is called so", Dead, _rows, _history);

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_database);
        await connection.OpenAsync();
#pragma warning disable CA2100 // A test's own text.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }
}
