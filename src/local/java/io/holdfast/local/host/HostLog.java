package io.holdfast.local.host;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** The host's log: one line a record on stderr, an invocation's lines with its function and id. */
final class HostLog {
  /** The invocation that this thread runs, for the app's own loggers, which know nothing of it. */
  private static final ThreadLocal<String> INVOCATION = new ThreadLocal<>();

  // java.util.logging holds loggers weakly: a level is lost with a logger that nobody keeps.
  private static final Logger AZURE = Logger.getLogger("com.azure");
  private static final Logger JETTY = Logger.getLogger("org.eclipse.jetty");

  private HostLog() {}

  /** Sends all of java.util.logging, and so slf4j-jdk14 on either side, to the stream. */
  static void install(PrintStream stream) {
    LogManager.getLogManager().reset();
    Logger root = Logger.getLogger("");
    root.setLevel(Level.INFO);
    root.addHandler(new StreamLines(stream));
    // The SDK logs every refused conditional write as an error; whoever called it gets to know.
    AZURE.setLevel(Level.OFF);
    JETTY.setLevel(Level.WARNING);
  }

  static Logger forInvocation(String function, String invocationId) {
    Logger logger = Logger.getAnonymousLogger();
    logger.setUseParentHandlers(false);
    logger.addHandler(new Prefixed(prefix(function, invocationId)));
    return logger;
  }

  static void enter(String function, String invocationId) {
    INVOCATION.set(prefix(function, invocationId));
  }

  static void leave() {
    INVOCATION.remove();
  }

  private static String prefix(String function, String invocationId) {
    return function + " " + invocationId;
  }

  /** Hands an invocation's records to the root logger's handlers under the invocation's name. */
  private static final class Prefixed extends Handler {
    private final String prefix;

    Prefixed(String prefix) {
      this.prefix = prefix;
    }

    @Override
    public void publish(LogRecord line) {
      String before = INVOCATION.get();
      INVOCATION.set(prefix);
      try {
        for (Handler handler : Logger.getLogger("").getHandlers()) {
          handler.publish(line);
        }
      } finally {
        if (before == null) {
          INVOCATION.remove();
        } else {
          INVOCATION.set(before);
        }
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  private static final class StreamLines extends Handler {
    private final PrintStream stream;

    StreamLines(PrintStream stream) {
      this.stream = stream;
      setFormatter(new Lines());
    }

    @Override
    public void publish(LogRecord line) {
      if (isLoggable(line)) {
        stream.print(getFormatter().format(line));
      }
    }

    @Override
    public void flush() {
      stream.flush();
    }

    @Override
    public void close() {}
  }

  private static final class Lines extends Formatter {
    @Override
    public String format(LogRecord line) {
      StringBuilder text = new StringBuilder();
      text.append(Instant.ofEpochMilli(line.getMillis()).truncatedTo(ChronoUnit.MILLIS));
      text.append(' ').append(line.getLevel().getName());
      String invocation = INVOCATION.get();
      if (invocation != null) {
        text.append(" [").append(invocation).append(']');
      }
      text.append(' ').append(formatMessage(line)).append(System.lineSeparator());
      if (line.getThrown() != null) {
        StringWriter trace = new StringWriter();
        line.getThrown().printStackTrace(new PrintWriter(trace, true));
        text.append(trace);
      }
      return text.toString();
    }
  }
}
