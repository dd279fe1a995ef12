using System.Text.Json;
using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Oracle.Rows;
using NHibernate.Caches.Granular.Oracle.Workers;
using NHibernate.Engine;

namespace NHibernate.Caches.Granular.Oracle.Processes;

/// <summary>One of the processes of a run: its own session factory, and its part of the readers and writers.</summary>
internal static class WorkerProcess
{
    /// <summary>The word on the command line that makes the program one.</summary>
    public const string Verb = "worker";

    /// <summary>What a line begins with that tells what the workers did last.</summary>
    public const string Log = "log ";

    public static int Run()
    {
        var order = WorkerOrder.Read(Console.In.ReadLine()!);
        // Whoever started this keeps its standard input open as long as it lives.
        new Thread(() =>
        {
            while (Console.In.ReadLine() is not null)
            {
            }
            System.Environment.Exit(3);
        }) { IsBackground = true }.Start();
        var settings = order.Settings() with { Found = finding => Console.WriteLine(JsonSerializer.Serialize(finding)) };
        using var board = Board.Open(order.Board, new RowTable(settings.RowsPerKind), order.Number);
        using var outages = new OutageWatch(board.ShareOf(order.Number), order.Timeout);
        using var factory = OracleMapping.Configure(order.Database, settings).BuildSessionFactory();
        Watch(factory, order, board);
        Work(board, new OracleWorld(settings, order.Database, [factory], board));
        return 0;
    }

    private static void Work(Board board, OracleWorld world)
    {
        var share = board.ShareOf(board.Number);
        share.State = ShareState.Ready;
        Wait(() => board.Phase >= Phase.Working);
        OracleRun.Work(world);
        // Whoever has found something knows what its own workers did; what the others did explains it.
        if (board.Findings > 0)
            Console.WriteLine(Log + JsonSerializer.Serialize(world.Log.Last(OracleWorld.Lines)));
        // Nobody is cut off for ever; before all has been told, nothing is at rest.
        Wait(() => Volatile.Read(ref share.UntoldNow) == 0);
        share.State = ShareState.Ended;
        Wait(() => board.Phase == Phase.Comparing && board.Turn == board.Number);
        // What it cannot reach is not compared.
        Wait(() => Volatile.Read(ref share.IsInterrupted) == 0);
        var (compared, left) = new RestComparison(world).Compare();
        (share.Compared, share.Left) = (compared, left);
        share.State = ShareState.Compared;
    }

    private static void Wait(Func<bool> condition)
    {
        while (!condition())
            Thread.Sleep(5);
    }

    private static void Watch(ISessionFactory factory, WorkerOrder order, Board board)
    {
        using var session = factory.OpenSession();
        StatementWitness.WatchOf((ISessionImplementor)session)!.Scope!.Decorate(store => new WatchedStore(store, order, board));
    }
}
