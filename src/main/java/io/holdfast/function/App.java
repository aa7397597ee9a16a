package io.holdfast.function;

import com.microsoft.azure.functions.spi.inject.FunctionInstanceInjector;
import io.holdfast.azure.AzureBlobs;
import io.holdfast.azure.AzureClients;
import io.holdfast.azure.AzureClients.HostStorage;
import io.holdfast.azure.AzureDisks;
import io.holdfast.azure.AzureQueues;
import io.holdfast.azure.AzureTables;
import io.holdfast.azure.VaultContainers;
import io.holdfast.backup.Backup;
import io.holdfast.backup.Limits;
import io.holdfast.catalogue.BudgetRows;
import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.OwnVault;
import io.holdfast.catalogue.SharedAllowance;
import io.holdfast.catalogue.Tables;
import io.holdfast.disk.Allowance;
import io.holdfast.plan.PolicyPlan;
import io.holdfast.plan.Prices;
import io.holdfast.retention.PointActs;
import io.holdfast.retention.RetainAll;
import io.holdfast.retention.RetainItem;
import io.holdfast.schedule.Fleet;
import io.holdfast.schedule.Policies;
import io.holdfast.schedule.Slots;
import io.holdfast.schedule.Tick;
import io.holdfast.vault.Crypto;
import io.holdfast.vault.KeyFile;
import io.holdfast.vault.LocalKeys;
import io.holdfast.vault.VaultOpener;
import io.holdfast.work.Next;
import io.holdfast.work.Queues;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The composition root: builds every client and every function class once, and gives the host the
 * instances. The host's worker finds it by {@code META-INF/services} and makes one.
 */
public final class App implements FunctionInstanceInjector {
  private static final Logger LOG = LoggerFactory.getLogger(App.class);

  /**
   * Chunks that the process has in hand: most of them wait for storage, and each has its buffers.
   */
  private static final int THREADS = 16;

  private final Map<Class<?>, Object> instances;

  /**
   * Reads the settings of the process and builds the app.
   *
   * @throws io.holdfast.failure.Invalid one message that lists every fault of the settings
   */
  public App() {
    this(Settings.read(System.getenv(), VaultContainers::faultOf), InstantSource.system());
  }

  App(Settings settings, InstantSource clock) {
    Instant started = clock.instant();
    AzureClients clients = new AzureClients(settings.clientId());
    HostStorage storage =
        new HostStorage(settings.storageConnection(), settings.queueUri(), settings.tableUri());
    AzureTables tables = clients.tables(storage);
    AzureQueues azureQueues = clients.queues(storage);
    Allowance allowance = new SharedAllowance(new BudgetRows(tables, clock));
    AzureDisks disks = clients.disks(settings.armEndpoint(), allowance);
    AzureBlobs blobs = clients.blobs(settings.vault());
    if (settings.localAuth()) {
      // In Azure the infrastructure makes them, and the app has no right to.
      tables.create(Tables.ALL);
      azureQueues.create(
          Stream.concat(
                  Queues.ALL.stream(),
                  Queues.ALL.stream().map(queue -> queue + Queues.POISON_SUFFIX))
              .toList());
      clients.createContainer(settings.vault());
    }
    Catalogue catalogue = Catalogue.over(tables);
    OwnVault vault = new OwnVault(blobs, opener(settings, clock), catalogue, clock);
    Consumer<Next> queues =
        next -> azureQueues.send(next.task().queue(), TaskCodec.encode(next.task()), next.delay());
    Policies policies = new Policies(catalogue, vault, settings.subscriptions(), settings.zone());
    Backup backup =
        Backup.over(
            catalogue,
            disks,
            clients.surroundings(settings.armEndpoint(), allowance),
            vault,
            threads(),
            Limits.DEFAULT,
            clock,
            settings.snapshotSite(),
            policies::covering);
    Duration softDelete = Duration.ofDays(settings.softDeleteDays());
    RetainItem retain =
        new RetainItem(
            catalogue,
            vault,
            disks,
            policies::covering,
            Slots::next,
            new RetainItem.Times(softDelete, Limits.DEFAULT.visitMax()),
            clock);
    PointActs acts = new PointActs(catalogue, vault, softDelete, clock);
    this.instances =
        functions(settings, clock, catalogue, vault, policies, disks, queues, backup, retain, acts);
    LOG.info(
        "Holdfast is up after {} ms; {}; cryptography by {}; TLS by {}",
        Duration.between(started, clock.instant()).toMillis(),
        JitTier.report(),
        Crypto.get().description(),
        AzureClients.tls());
  }

  private static Map<Class<?>, Object> functions(
      Settings settings,
      InstantSource clock,
      Catalogue catalogue,
      OwnVault vault,
      Policies policies,
      AzureDisks disks,
      Consumer<Next> queues,
      Backup backup,
      RetainItem retain,
      PointActs acts) {
    TaskRunner runner = new TaskRunner(catalogue, backup.jobEnd(), backup.poisoned(), queues);
    Endpoint endpoint = new Endpoint(settings.localAuth());
    JobViews views = new JobViews(catalogue);
    Tick tick = new Tick(catalogue, policies, disks, clock, queues);
    ItemViews items = new ItemViews(catalogue, policies, disks, clock);
    Fleet fleet = new Fleet(catalogue, policies, disks);
    PolicyReader reader = new PolicyReader(settings.zone(), !settings.subscriptions().isEmpty());
    return Map.ofEntries(
        Map.entry(QueueFunctions.class, new QueueFunctions(runner, backup, retain)),
        Map.entry(PoisonFunctions.class, new PoisonFunctions(runner)),
        Map.entry(
            TimerFunctions.class,
            new TimerFunctions(tick, backup, new RetainAll(catalogue, clock, queues), queues)),
        Map.entry(
            BackupsHttp.class,
            new BackupsHttp(endpoint, backup.start(), policies::covering, views, clock, queues)),
        Map.entry(
            JobsHttp.class, new JobsHttp(endpoint, catalogue, views, backup.jobEnd(), queues)),
        Map.entry(PointsHttp.class, new PointsHttp(endpoint, catalogue, items)),
        Map.entry(PointActsHttp.class, new PointActsHttp(endpoint, acts)),
        Map.entry(
            ItemsHttp.class,
            new ItemsHttp(endpoint, catalogue, backup.prechecks(), policies, items, fleet, clock)),
        Map.entry(
            ProtectionHttp.class, new ProtectionHttp(endpoint, catalogue, vault, items, clock)),
        Map.entry(
            PolicyPlanHttp.class,
            new PolicyPlanHttp(
                endpoint,
                policies,
                reader,
                new PolicyPlan(catalogue, policies, fleet, clock),
                Prices.load(),
                Duration.ofDays(settings.softDeleteDays()),
                clock)),
        Map.entry(PoliciesHttp.class, new PoliciesHttp(endpoint, policies, reader, clock)));
  }

  /** With a key file, a vault that the app makes is encrypted, and a plain one is refused. */
  private static VaultOpener opener(Settings settings, InstantSource clock) {
    return settings.keyFile() == null
        ? VaultOpener.plain()
        : new LocalKeys(KeyFile.read(settings.keyFile()), new SecureRandom(), clock);
  }

  private static ExecutorService threads() {
    AtomicInteger number = new AtomicInteger();
    return Executors.newFixedThreadPool(
        THREADS,
        work -> {
          Thread thread = new Thread(work, "chunks-" + number.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        });
  }

  @Override
  public <T> T getInstance(Class<T> type) throws Exception {
    Object instance = instances.get(type);
    if (instance == null) {
      throw new IllegalStateException("App builds no " + type.getName());
    }
    return type.cast(instance);
  }
}
