using System.Numerics;
using System.Text.Json.Serialization;
using NHibernate.Caches.Granular.Functions;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Engine;

namespace NHibernate.Caches.Granular.Tests.Functions;

/// <summary>Which results can be stored, and that what is read is what was computed.</summary>
public sealed class FunctionResultTests : FunctionFixture
{
    private static readonly object[] s_values =
    [
        true, (byte)1, (sbyte)-1, (short)-2, (ushort)2, -3, 3u, -4L, 4ul, 1.5f, double.NaN, -0.0, 1.10m, 'x', "text \ud800", "", Guid.NewGuid(),
        new DateTime(2024, 2, 29, 1, 2, 3, DateTimeKind.Utc), new DateTimeOffset(2024, 2, 29, 1, 2, 3, TimeSpan.FromHours(5)), TimeSpan.FromTicks(7),
        new DateOnly(2024, 2, 29), new TimeOnly(1, 2), BigInteger.Pow(7, 50), new byte[] { 1, 2 }, Array.Empty<byte>(),
        DayOfWeek.Friday, (1, "two"), new[] { 1, 2 }, new List<string> { "a" }, new Dictionary<string, int> { ["a"] = 1 }, new HashSet<int> { 3, 1 },
        new Point(1, 2), new Line { From = new Point(1, 2), Name = null }, new Uri("https://example.org/a"), new Version(1, 2),
        new Animal[] { new Dog { Name = "Rex", Tricks = 3 } }, new Tree("root", [new Tree("leaf", [])]), new double[] { double.NaN, double.PositiveInfinity },
    ];

    private ISessionFactoryImplementor Implementor => (ISessionFactoryImplementor)Factory;

    [TestCaseSource(nameof(s_values))]
    public void Value_is_read_as_it_was_written(object value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var form = FunctionForm.Of(value.GetType(), Implementor);
        var payload = form.Write(value, out var failure);
        Assert.That(failure, Is.Null);
        Assert.That(form.TryRead(payload!, out var read), Is.True);
        Assert.That(read, value is Line or Tree or Animal[] ? Is.EqualTo(value).UsingPropertiesComparer() : Is.EqualTo(value));
        Assert.That(read!.GetType(), Is.EqualTo(value.GetType()));
    }

    [TestCase(typeof(Post), "Post, which is an entity")]
    [TestCase(typeof(List<Post>), "Post, which is an entity")]
    [TestCase(typeof(Dictionary<int, Post[]>), "Post, which is an entity")]
    [TestCase(typeof(HoldsAnEntity), "Cat, which is an entity")]
    [TestCase(typeof((int, Post)), "Post, which is an entity")]
    [TestCase(typeof(object), "not known what to create")]
    [TestCase(typeof(Dictionary<string, object>), "not known what to create")]
    [TestCase(typeof(IDisposable), "JSON shows nothing")]
    [TestCase(typeof(IPoint), "not known what to create")]
    [TestCase(typeof(Silent), "JSON shows nothing")]
    public void Type_that_cannot_be_read_again_is_refused_before_the_function_runs(System.Type type, string why)
    {
        Assert.That(() => FunctionForm.Of(type, Implementor), Throws.TypeOf<NotSupportedException>().With.Message.Contains(why));
        if (type == typeof(Post))
            Assert.That(() => Commit(session => Cached.GetOrAdd(session, "post", on => on.On<Post>(), Counted(() => session.Get<Post>(1)))), Throws.TypeOf<NotSupportedException>());
        Assert.That(Runs, Is.Zero);
    }

    [Test]
    public void Result_that_would_be_read_as_another_is_given_to_the_caller_and_not_stored()
    {
        Assert.That(Twice(() => new Lossy("kept")), Is.EqualTo(2), "a member without a setter");
        Assert.That(Twice<Point>(() => new Point3(1, 2, 3)), Is.EqualTo(2), "a class of its own");
        Assert.That(Twice(() => new List<Point> { new(1, 2), new Point3(1, 2, 3) }), Is.EqualTo(2), "one within a list");
        Assert.That(Twice(() => new Dictionary<string, Point> { ["a"] = new Point3(1, 2, 3) }), Is.EqualTo(2), "one within a dictionary");
        Assert.That(Twice(() => new Line { From = new Point3(1, 2, 3) }), Is.EqualTo(2), "one that is a member");
        Assert.That(Twice(() => (1, (Point)new Point3(1, 2, 3))), Is.EqualTo(2), "one within a tuple");
        Assert.That(Twice(() => new Throwing()), Is.EqualTo(2), "a getter that throws");
        Assert.That(Twice(() => new Circular()), Is.EqualTo(2), "a circle");
        Assert.That(Twice(() => new Point(1, 2)), Is.EqualTo(1), "which is none of these");
    }

    [Test]
    public void It_is_said_once_for_each_type()
    {
        using var log = new RecordedLog();
        for (var i = 0; i < 3; i++)
            Commit(session => Cached.GetOrAdd(session, "lossy", on => on.On<Post>(), () => new Lossy("kept")));
        Assert.That(log.Messages.Count(message => message.Contains("GC126", StringComparison.Ordinal)), Is.EqualTo(1));
    }

    [Test]
    public void Another_contract_is_another_entry()
    {
        var names = new[] { typeof(Point), typeof(Line), typeof(int), typeof(long), typeof(List<int>), typeof(int?) }.Select(type => FunctionForm.Of(type, Implementor).Name).ToList();
        Assert.That(names, Is.Unique);
        Assert.That(FunctionForm.Of(typeof(Point), Implementor).Name, Is.EqualTo(names[0]), "and the same is the same");
        // The names of the members count, not those of the classes.
        Assert.That(FunctionForm.Of(typeof(PointOfBefore), Implementor).Name.Split(' ')[^1], Is.Not.EqualTo(names[0].Split(' ')[^1]));
    }

    [TestCase(typeof(int), null)]
    [TestCase(typeof(int), "text")]
    [TestCase(typeof(string), 1)]
    public void Value_of_another_type_is_not_read(System.Type type, object? stored) => Assert.That(FunctionForm.Of(type, Implementor).TryRead(new[] { stored }, out _), Is.False);

    [TestCase("")]
    [TestCase("{")]
    [TestCase("[1]")]
    [TestCase("{\"X\":\"text\"}")]
    public void Bytes_that_are_no_result_are_not_read(string json)
    {
        var form = FunctionForm.Of(typeof(Point), Implementor);
        Assert.That(form.TryRead(System.Text.Encoding.UTF8.GetBytes(json), out _), Is.False);
        Assert.That(form.TryRead("text", out _), Is.False);
        Assert.That(FunctionForm.Of(typeof((int, int)), Implementor).TryRead("null"u8.ToArray(), out _), Is.False);
    }

    private int Twice<T>(Func<T> function)
    {
        var before = Runs;
        for (var i = 0; i < 2; i++)
            Assert.That(Commit(session => Cached.GetOrAdd(session, "twice", on => on.On<Post>(), Counted(function))), Is.Not.Null);
        return Runs - before;
    }

#pragma warning disable CA1034, CA1040, CA1711 // They exist to be written.
    public interface IPoint
    {
        int X { get; }
    }

    public record Point(int X, int Y) : IPoint;

    public sealed record Point3(int X, int Y, int Z) : Point(X, Y);

    public sealed record PointOfBefore(int X, int Height);

    public sealed record Tree(string Name, IReadOnlyList<Tree> Children);

    public sealed class Line
    {
        public Point? From { get; set; }

        public string? Name { get; init; }
    }

    [JsonDerivedType(typeof(Dog), "dog")]
    public abstract class Animal
    {
        public string Name { get; set; } = "";
    }

    public sealed class Dog : Animal
    {
        public int Tricks { get; set; }
    }

    public sealed class HoldsAnEntity
    {
        public IList<Cat> Cats { get; set; } = [];
    }

    public sealed class Silent
    {
        private readonly int _number = 1;

        public override string ToString() => _number.ToString(CultureInfo.InvariantCulture);
    }

    public sealed class Lossy
    {
        public Lossy()
        {
        }

        public Lossy(string text) => Text = text;

        public string? Text { get; }
    }

    public sealed class Throwing
    {
        private readonly int? _number;

        public Throwing() => _number = null;

        public int? Number => _number ?? throw new InvalidOperationException("a user's");
    }

    public sealed class Circular
    {
        public Circular() => Itself = this;

        public Circular Itself { get; set; }
    }
#pragma warning restore CA1034, CA1040, CA1711
}
