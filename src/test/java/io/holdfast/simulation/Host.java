package io.holdfast.simulation;

import io.holdfast.backup.Backup;
import io.holdfast.backup.Limits;
import io.holdfast.backup.SnapshotSite;
import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.OwnVault;
import io.holdfast.catalogue.TableStore;
import io.holdfast.disk.Disks;
import io.holdfast.disk.Surroundings;
import io.holdfast.fake.MemoryVm;
import io.holdfast.function.Deliveries;
import io.holdfast.retention.RetainItem;
import io.holdfast.schedule.Policies;
import io.holdfast.schedule.Slots;
import io.holdfast.schedule.Tick;
import io.holdfast.vault.BlobStore;
import io.holdfast.vault.VaultOpener;
import io.holdfast.work.Next;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One instance of the app, wired as {@code App} does it: its own memory, its own clock, and ports
 * that the world meddles with. It lives until the world kills it.
 */
final class Host {
  private static final ExecutorService HERE = new Here();

  final Catalogue catalogue;
  final OwnVault vault;
  final Backup backup;
  final Policies policies;
  final Tick tick;
  final Consumer<Next> queues;
  final Deliveries deliveries;
  final InstantSource clock;
  private final String name;
  private boolean alive = true;

  @SuppressWarnings("unchecked")
  Host(String name, SimWorld world, Duration skew, Limits limits) {
    this.name = name;
    clock = () -> world.now().plus(skew);
    Meddler meddler = world.meddler();
    TableStore tables = meddler.port(TableStore.class, world.tables, this);
    BlobStore blobs = meddler.port(BlobStore.class, world.blobs, this);
    Disks disks = meddler.port(Disks.class, world.disks.process(), this);
    queues = meddler.port(Consumer.class, (Consumer<Next>) world::send, this);
    catalogue = Catalogue.over(tables);
    vault = new OwnVault(blobs, VaultOpener.plain(), catalogue, clock);
    Surroundings surroundings = meddler.port(Surroundings.class, world.disks.surroundings(), this);
    List<String> subscriptions = List.of(MemoryVm.SUBSCRIPTION);
    policies = new Policies(catalogue, vault, subscriptions, "UTC");
    backup =
        Backup.over(
            catalogue,
            disks,
            surroundings,
            vault,
            HERE,
            limits,
            clock,
            SnapshotSite.of("snapshots"),
            policies::covering);
    tick = new Tick(catalogue, policies, disks, clock, queues);
    RetainItem retain =
        new RetainItem(
            catalogue,
            vault,
            disks,
            policies::covering,
            Slots::next,
            new RetainItem.Times(Duration.ofDays(14), limits.visitMax()),
            clock);
    deliveries = new Deliveries(catalogue, backup, retain, queues);
  }

  boolean alive() {
    return alive;
  }

  void die() {
    alive = false;
  }

  @Override
  public String toString() {
    return name;
  }

  /** Moves chunks on the thread that asks, so that a run is the same every time. */
  private static final class Here extends AbstractExecutorService {
    @Override
    public void execute(Runnable work) {
      work.run();
    }

    @Override
    public void shutdown() {}

    @Override
    public List<Runnable> shutdownNow() {
      return List.of();
    }

    @Override
    public boolean isShutdown() {
      return false;
    }

    @Override
    public boolean isTerminated() {
      return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return true;
    }
  }
}
