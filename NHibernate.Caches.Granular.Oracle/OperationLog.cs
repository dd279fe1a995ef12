using System.Diagnostics;

namespace NHibernate.Caches.Granular.Oracle;

/// <summary>
/// The last operations of all workers. A line costs no allocation: its words are put together when somebody asks. Thread-safe; what
/// a worker writes at the moment of asking may be missing or torn, which is good enough for an explanation.
/// </summary>
/// <param name="nameOfRow">For people.</param>
/// <param name="startedAt">The moment that times are counted from.</param>
internal sealed class OperationLog(Func<int, string> nameOfRow, long startedAt)
{
    private ImmutableArray<Part> _parts = [];

    /// <summary>A worker's own part of the log.</summary>
    public Part Open(string worker)
    {
        var part = new Part(worker);
        ImmutableInterlocked.Update(ref _parts, static (parts, part) => parts.Add(part), part);
        return part;
    }

    /// <summary>The last lines of all workers, one below the other.</summary>
    public string Last(int count) => string.Join('\n', _parts
        .SelectMany(part => part.Lines.Select(line => (part.Worker, Line: line)))
        .Where(entry => entry.Line.Operation is not null)
        .OrderBy(entry => entry.Line.At)
        .TakeLast(count)
        .Select(entry => Text(entry.Worker, entry.Line)));

    private string Text(string worker, Line line) => string.Create(CultureInfo.InvariantCulture,
        $"{Stopwatch.GetElapsedTime(startedAt, line.At).TotalMilliseconds,10:F2} ms {worker}: {line.Operation}{(line.Row is { } row ? " " + nameOfRow(row) : "")} {line.Number}");

    /// <summary>What happened when. Thread-safe: immutable.</summary>
    internal readonly record struct Line(long At, string? Operation, int? Row, long Number);

    /// <summary>The last lines of one worker. Not thread-safe: only that worker writes.</summary>
    internal sealed class Part(string worker)
    {
        private readonly Line[] _lines = new Line[128];
        private int _next;

        public string Worker => worker;

        public IReadOnlyList<Line> Lines => _lines;

        public void Write(string operation, int? row, long number)
        {
            _lines[_next] = new Line(Stopwatch.GetTimestamp(), operation, row, number);
            _next = (_next + 1) % _lines.Length;
        }
    }
}
