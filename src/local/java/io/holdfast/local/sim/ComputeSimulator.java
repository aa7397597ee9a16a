package io.holdfast.local.sim;

import java.io.IOException;
import java.net.BindException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * The running compute simulator. It listens on the loopback address only; what it knows is in its
 * data folder and survives a restart.
 */
public final class ComputeSimulator implements AutoCloseable {
  /** An idle connection, or a hanging answer, ends after this. */
  private static final Duration IDLE_MAX = Duration.ofMinutes(10);

  private static final int THREADS_MAX = 64;

  /** Held for good: a logger that nobody refers to may lose its level. */
  private static final Logger JETTY = Logger.getLogger("org.eclipse.jetty");

  static {
    JETTY.setLevel(Level.WARNING);
  }

  /**
   * How to start.
   *
   * @param dataDir where everything is kept; made when it is missing
   * @param port to listen on; 0 takes a free one
   * @param keystore makes it speak HTTPS; null for plain HTTP
   * @param retryAfter what long-running operations send as {@code Retry-After}, in whole seconds;
   *     zero leaves the header out, so that a client's own poll interval holds (tests)
   * @param observer hears of every answered ARM and blob request, on the thread that answers
   */
  public record Options(
      Path dataDir, int port, Keystore keystore, Duration retryAfter, Consumer<Exchange> observer) {
    /** Plain HTTP and {@code Retry-After: 1}, as Azure sends it at least. */
    public static Options of(Path dataDir, int port) {
      return new Options(dataDir, port, null, Duration.ofSeconds(1), exchange -> {});
    }

    /** The same with another {@code Retry-After}. */
    public Options withRetryAfter(Duration other) {
      return new Options(dataDir, port, keystore, other, observer);
    }

    /** The same over HTTPS. */
    public Options withKeystore(Keystore other) {
      return new Options(dataDir, port, other, retryAfter, observer);
    }

    /** The same with somebody who hears of every exchange. */
    public Options withObserver(Consumer<Exchange> other) {
      return new Options(dataDir, port, keystore, retryAfter, other);
    }
  }

  /**
   * One request and its answer, for checks against Azure's specification. Not for logs: the query
   * and the bodies of access grants hold signatures.
   *
   * @param query as it came, still encoded; empty when there was none
   * @param operation its id in Azure's specification, {@code unknown} for a path that is not served
   * @param requestBody the text of a JSON body, else empty
   * @param responseHeaders as they were sent
   * @param responseBody the text of a JSON or XML body, else empty
   */
  public record Exchange(
      String method,
      String path,
      String query,
      String operation,
      String requestBody,
      int status,
      Map<String, String> responseHeaders,
      String responseBody) {
    @Override
    public String toString() {
      return "Exchange[" + operation + " " + method + " " + path + " -> " + status + "]";
    }
  }

  /** A PKCS12 file with the server's key and certificate. */
  public record Keystore(Path file, String password) {
    @Override
    public String toString() {
      return "Keystore[" + file + "]";
    }
  }

  /**
   * One request that was answered.
   *
   * @param path without the query, hence without any signature
   * @param operation its id in Azure's specification, as in {@code RestorePoints_Create}
   * @param status of the answer; 0 for one that hangs
   * @param hasAuthorization whether an Authorization header came with it
   */
  public record Seen(
      Instant at,
      String method,
      String path,
      String operation,
      int status,
      boolean hasAuthorization) {}

  private final Server server;
  private final ServerConnector connector;
  private final boolean secure;
  private final RequestLog log;

  private ComputeSimulator(
      Server server, ServerConnector connector, boolean secure, RequestLog log) {
    this.server = server;
    this.connector = connector;
    this.secure = secure;
    this.log = log;
  }

  /**
   * Starts it; it answers when this returns.
   *
   * @throws BindException when another program holds the port; its message says what to do
   * @throws IOException when the data folder cannot be read or written
   */
  public static ComputeSimulator start(Options options) throws IOException {
    Router router = new Router();
    RequestLog log = new RequestLog();
    Front front = wire(options, router, log);
    QueuedThreadPool threads = new QueuedThreadPool(THREADS_MAX);
    threads.setName("simulator");
    threads.setDaemon(true);
    Server server = new Server(threads);
    ServerConnector connector = connector(server, options);
    server.addConnector(connector);
    server.setHandler(front);
    try {
      server.start();
    } catch (Exception e) {
      stop(server, e);
      throw asIoException(e, options.port());
    }
    return new ComputeSimulator(server, connector, options.keystore() != null, log);
  }

  private static Front wire(Options options, Router router, RequestLog log) throws IOException {
    Store store = new Store(options.dataDir().resolve("state"));
    DiskFiles files = new DiskFiles(options.dataDir());
    SimClock clock = new SimClock(store);
    Operations operations = new Operations(store, clock, options.retryAfter());
    Grants grants = new Grants(store, clock);
    BackgroundCopies copies = new BackgroundCopies(store, clock);
    Sources sources = new Sources(store, files, copies);
    Faults faults = new Faults();
    Access access = new Access(store, operations, grants);
    Disks disks = new Disks(store, clock, operations, grants, files, sources);
    Snapshots snapshots = new Snapshots(store, clock, operations, grants, files, sources, copies);
    DiskRestorePoints diskPoints = new DiskRestorePoints(store, clock, grants, files, copies);
    Guests guests = new Guests(store, operations);
    RestorePoints points =
        new RestorePoints(store, clock, operations, diskPoints, new GuestRules(store, guests));
    snapshots.removeUnfinished();
    points.failUnfinished();
    files.deleteAllBut(copies(store));
    guests.routes(router);
    new EncryptionSets(store).routes(router);
    Gate gate = new Gate(store, clock);
    gate.routes(router);
    new Nics(store).routes(router);
    new Moves(store, grants).routes(router);
    operations.routes(router);
    disks.routes(router, access);
    snapshots.routes(router, access);
    diskPoints.routes(router, access);
    points.routes(router);
    new PointCollections(store, operations, points).routes(router);
    new Vms(
            store,
            clock,
            operations,
            new VmDisks(store, disks),
            guests,
            new GuestStates(store, files))
        .routes(router);
    new Extensions(store, operations, guests).routes(router);
    new Admin(store, clock, operations, grants, faults, log).routes(router);
    AccessUrls urls = new AccessUrls(store, operations, grants);
    new PageBlobs(urls, files).routes(router);
    return new Front(router, faults, new Witness(log, options.observer()), store, operations, gate);
  }

  private static Set<String> copies(Store store) {
    Set<String> ids = new HashSet<>();
    for (String kind : List.of(Snapshots.KIND, DiskRestorePoints.KIND)) {
      store.list(kind).forEach(entry -> ids.add(Json.text(entry.sim(), "/copyId")));
    }
    return ids;
  }

  private static ServerConnector connector(Server server, Options options) {
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setRequestHeaderSize(32 << 10);
    http.setUriCompliance(UriCompliance.LEGACY);
    http.setIdleTimeout(IDLE_MAX.toMillis());
    ServerConnector connector;
    if (options.keystore() == null) {
      connector = new ServerConnector(server, new HttpConnectionFactory(http));
    } else {
      SslContextFactory.Server tls = new SslContextFactory.Server();
      tls.setKeyStorePath(options.keystore().file().toString());
      tls.setKeyStoreType("PKCS12");
      tls.setKeyStorePassword(options.keystore().password());
      http.addCustomizer(new SecureRequestCustomizer(false));
      connector =
          new ServerConnector(
              server, new SslConnectionFactory(tls, "http/1.1"), new HttpConnectionFactory(http));
    }
    connector.setHost("127.0.0.1");
    connector.setPort(options.port());
    connector.setIdleTimeout(IDLE_MAX.toMillis());
    return connector;
  }

  private static IOException asIoException(Exception e, int port) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof BindException) {
        BindException told =
            new BindException(
                "Port %d is taken: another program listens on 127.0.0.1:%d. End it, or choose another port (--port of simulator, --arm-port of serve)."
                    .formatted(port, port));
        told.initCause(e);
        return told;
      }
    }
    return new IOException("The compute simulator did not start on port " + port, e);
  }

  private static void stop(Server server, Exception cause) {
    try {
      server.stop();
    } catch (Exception e) {
      cause.addSuppressed(e);
    }
  }

  /** The port it listens on. */
  public int port() {
    return connector.getLocalPort();
  }

  /** Scheme, loopback address and port, without a slash at the end. */
  public String baseUrl() {
    return (secure ? "https" : "http") + "://127.0.0.1:" + port();
  }

  /** The newest requests, oldest first, at most 20,000. */
  public List<Seen> requests() {
    return log.newest();
  }

  @Override
  public void close() {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException("the compute simulator did not stop", e);
    }
  }
}
