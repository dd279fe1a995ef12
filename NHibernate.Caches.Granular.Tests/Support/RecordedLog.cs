using System.Runtime.CompilerServices;

namespace NHibernate.Caches.Granular.Tests;

/// <summary>
/// What the library logs while this is not disposed, in this test and what it calls, and nowhere else. The logger must be there before
/// the library asks for it, which it does once, so it is set when the tests are loaded. Not thread-safe.
/// </summary>
internal sealed class RecordedLog : IDisposable
{
    private static readonly AsyncLocal<RecordedLog?> s_current = new();

    private readonly NHibernateLogLevel _level;

    /// <param name="level">Where the log begins.</param>
    public RecordedLog(NHibernateLogLevel level = NHibernateLogLevel.Info)
    {
        _level = level;
        s_current.Value = this;
    }

    /// <summary>Messages of the level and above, with their arguments put in.</summary>
    public List<string> Messages { get; } = [];

    /// <summary>What was logged with them.</summary>
    public List<Exception> Exceptions { get; } = [];

    public void Dispose() => s_current.Value = null;

#pragma warning disable CA2255 // Tests have no other place that comes before all use of the library.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void SetLoggers() => NHibernateLogger.SetLoggersFactory(new Factory());

    private sealed class Factory : INHibernateLoggerFactory
    {
        private static readonly Logger s_ours = new(true);
        private static readonly Logger s_others = new(false);

        public INHibernateLogger LoggerFor(string keyName) => keyName == "NHibernate.Caches.Granular" ? s_ours : s_others;

        public INHibernateLogger LoggerFor(System.Type type) => s_others;
    }

    private sealed class Logger(bool isOurs) : INHibernateLogger
    {
        public bool IsEnabled(NHibernateLogLevel logLevel) => isOurs && logLevel >= (s_current.Value?._level ?? NHibernateLogLevel.Info);

        public void Log(NHibernateLogLevel logLevel, NHibernateLogValues state, Exception exception)
        {
            if (!IsEnabled(logLevel) || s_current.Value is not { } log)
                return;
            log.Messages.Add(state.ToString());
            if (exception is not null)
                log.Exceptions.Add(exception);
        }
    }
}
