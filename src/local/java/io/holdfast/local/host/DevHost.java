package io.holdfast.local.host;

import com.azure.storage.queue.QueueClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Logger;

/** A running function app: its HTTP front, queue listeners and timers. */
public final class DevHost implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(DevHost.class.getName());
  private static final Duration STORAGE_WAIT_MAX = Duration.ofSeconds(60);
  private static final Duration DRAIN_MAX = Duration.ofSeconds(10);
  private static final int CLOCK_THREADS = 4;
  private static final Set<String> BINDINGS =
      Set.of("queueTrigger", "timerTrigger", "httpTrigger", "http", "queue");

  private final HostOptions options;
  private final AppPackage app;
  private final AppSettings settings;
  private final Storage storage = new Storage();
  private final ScheduledThreadPoolExecutor clock;
  private final ExecutorService workers;
  private final FunctionRunner runner;
  private final HttpFront http;
  private final RouteTable routes = new RouteTable();
  private final Map<String, LoadedFunction> functions = new HashMap<>();
  private final Map<String, TimerListener> timers = new LinkedHashMap<>();
  private final List<QueueListener> queues = new ArrayList<>();
  private AppLoader loader;

  private DevHost(HostOptions options, Map<String, String> environment, Runnable onTimeout) {
    this.options = options;
    this.app = AppPackage.read(options.app());
    this.settings = new AppSettings(app.values(), environment);
    this.clock = new ScheduledThreadPoolExecutor(CLOCK_THREADS, daemons("clock"));
    clock.setRemoveOnCancelPolicy(true);
    this.workers = Executors.newCachedThreadPool(daemons("worker"));
    QueueOutputs outputs =
        new QueueOutputs(settings, storage, app.host().queues().base64(), this::nudge);
    this.runner = new FunctionRunner(app.host().functionTimeout(), outputs, clock, onTimeout);
    this.http =
        new HttpFront(
            options.httpPort(),
            app.host().routePrefix(),
            routes,
            new Admin(functions, this::timerInfo, runner, workers),
            runner);
  }

  /**
   * Starts the app and returns when it takes requests, messages and ticks.
   *
   * @param environment settings that win over local.settings.json
   * @param onTimeout what follows when a function is over its time limit
   * @throws HostFailure when it cannot start; nothing is left running then
   */
  public static DevHost start(
      HostOptions options, Map<String, String> environment, Runnable onTimeout)
      throws InterruptedException {
    DevHost host = new DevHost(options, environment, onTimeout);
    boolean started = false;
    try {
      host.open();
      started = true;
      return host;
    } finally {
      if (!started) {
        host.close();
      }
    }
  }

  private void open() throws InterruptedException {
    long startNanos = System.nanoTime();
    http.open();
    checkBindings();
    for (String connection : connections()) {
      Storage.await(connection, STORAGE_WAIT_MAX);
    }
    // The first calls of a cold storage client take a second, as does the app's own start.
    Future<?> triggerQueues = workers.submit(this::makeTriggerQueues);
    loader = new AppLoader(app);
    for (FunctionSpec spec : app.functions()) {
      LoadedFunction function = new LoadedFunction(spec, loader);
      function.probe();
      functions.put(spec.name().toLowerCase(Locale.ROOT), function);
      connect(function);
    }
    await(triggerQueues);
    queues.forEach(QueueListener::start);
    timers.values().forEach(TimerListener::start);
    http.start();
    LOG.info(
        "%d functions of %s run after %d ms: http://127.0.0.1:%d/%s"
            .formatted(
                functions.size(),
                app.dir(),
                Duration.ofNanos(System.nanoTime() - startNanos).toMillis(),
                http.port(),
                app.host().routePrefix()));
  }

  /** The port of the HTTP triggers. */
  public int httpPort() {
    return http.port();
  }

  /** Takes nothing more, waits up to 10 s for what runs, and ends. */
  @Override
  public void close() {
    close(DRAIN_MAX);
  }

  /** As {@link #close()}, waiting no longer than given; what still runs then is given back. */
  public void close(Duration drain) {
    long deadlineNanos = System.nanoTime() + drain.toNanos();
    queues.forEach(QueueListener::stopTaking);
    timers.values().forEach(TimerListener::stop);
    try {
      for (QueueListener queue : queues) {
        queue.drain(deadlineNanos);
      }
      for (TimerListener timer : timers.values()) {
        timer.drain(deadlineNanos);
      }
      http.stop();
      workers.shutdown();
      workers.awaitTermination(
          Math.max(0, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
      if (loader != null) {
        loader.close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      LOG.warning("The host did not end cleanly: " + e);
    } finally {
      clock.shutdownNow();
      workers.shutdownNow();
    }
  }

  private void checkBindings() {
    for (FunctionSpec function : app.functions()) {
      for (BindingSpec binding : function.bindings()) {
        if (!BINDINGS.contains(binding.type())) {
          throw HostFailure.configuration(
              "Function %s has the binding %s, which the dev host does not know: it knows %s."
                  .formatted(function.name(), binding.type(), new TreeSet<>(BINDINGS)),
              null);
        }
      }
    }
  }

  private Set<String> connections() {
    Set<String> found = new TreeSet<>();
    settings.get("AzureWebJobsStorage").ifPresent(found::add);
    for (FunctionSpec function : app.functions()) {
      for (BindingSpec binding : function.bindings()) {
        if (binding.type().startsWith("queue")) {
          found.add(connection(function, binding));
        }
      }
    }
    return found;
  }

  private String connection(FunctionSpec function, BindingSpec binding) {
    return settings.connectionString(binding.text("connection", ""), "Function " + function.name());
  }

  private void connect(LoadedFunction function) {
    BindingSpec trigger = function.spec().trigger();
    switch (trigger.type()) {
      case "httpTrigger" -> routes.add(function);
      case "timerTrigger" -> timers.put(function.name(), timer(function, trigger));
      default -> queues.add(listener(function, trigger));
    }
  }

  /** Makes the triggers' queues where they are missing; in Azure the deployment does. */
  private void makeTriggerQueues() {
    for (FunctionSpec function : app.functions()) {
      if (function.trigger().type().equals("queueTrigger")) {
        queue(function).createIfNotExists();
      }
    }
  }

  private static void await(Future<?> work) throws InterruptedException {
    try {
      work.get();
    } catch (ExecutionException e) {
      throw HostFailure.general("Cannot make the triggers' queues: " + e.getCause(), e);
    }
  }

  private QueueClient queue(FunctionSpec function) {
    BindingSpec trigger = function.trigger();
    String name = settings.resolve(trigger.text("queueName", ""), "Function " + function.name());
    return storage.queue(connection(function, trigger), name);
  }

  private TimerListener timer(LoadedFunction function, BindingSpec trigger) {
    String where = "Function " + function.name();
    TimerSchedule schedule;
    try {
      schedule = TimerSchedule.parse(settings.resolve(trigger.text("schedule", ""), where));
    } catch (IllegalArgumentException e) {
      throw HostFailure.configuration(where + ": " + e.getMessage(), e);
    }
    Path status = options.data().resolve("host/timers").resolve(function.name() + ".json");
    return new TimerListener(function, schedule, status, InstantSource.system(), runtime());
  }

  private QueueListener listener(LoadedFunction function, BindingSpec trigger) {
    QueueClient queue = queue(function.spec());
    QueueClient poison =
        storage.queue(connection(function.spec(), trigger), queue.getQueueName() + "-poison");
    return new QueueListener(
        function, app.host().queues(), queue, poison, options.lease(), runtime());
  }

  private HostRuntime runtime() {
    return new HostRuntime(runner, clock, workers);
  }

  private String timerInfo(LoadedFunction function) {
    return timers.get(function.name()).info(false);
  }

  private void nudge(String queueName) {
    for (QueueListener queue : queues) {
      if (queue.queueName().equals(queueName)) {
        queue.nudge();
      }
    }
  }

  private static ThreadFactory daemons(String name) {
    AtomicInteger count = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, name + "-" + count.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }
}
