package io.holdfast.simulation;

import io.holdfast.backup.Limits;
import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Tables;
import io.holdfast.fake.MemoryBlobs;
import io.holdfast.fake.MemoryDisks;
import io.holdfast.fake.MemoryTables;
import io.holdfast.simulation.Fibers.Fiber;
import io.holdfast.simulation.Mailbox.Message;
import io.holdfast.simulation.Mailbox.Receipt;
import io.holdfast.vault.Vault;
import io.holdfast.vault.VaultConfig;
import io.holdfast.vault.VaultKeys;
import io.holdfast.work.Next;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Time, storage, Azure, queues and a few hosts; what happens next is up to whoever holds it. All of
 * it runs on one thread at a time and follows from its seed.
 */
final class SimWorld {
  /** The smallest chunks: a segment is 4 MiB, so that small disks have several. */
  static final int CHUNK_BYTES = 4096;

  static final int SEGMENT_BYTES = 1024 * CHUNK_BYTES;

  private static final Duration SKEW_MAX = Duration.ofMinutes(5);
  private static final Instant START = Instant.parse("2026-03-02T10:00:00Z");

  private Instant now = START;
  final Chance chance;
  final MemoryTables tables = new MemoryTables(this::now, 5);
  final MemoryBlobs blobs = new MemoryBlobs(this::now, 50);
  final MemoryDisks disks = new MemoryDisks(this::now);
  final Mailbox mail = new Mailbox();
  private final Fibers fibers = new Fibers();
  private final Meddler meddler;
  private final Outcome outcome = new Outcome();
  private final Limits limits;
  private final List<Host> hosts = new ArrayList<>();
  private final List<Errand> errands = new ArrayList<>();
  private final List<Late> late = new ArrayList<>();
  private final Set<String> purged = new HashSet<>();
  private final List<String> trace;
  private Errand current;
  private Host collecting;
  private boolean snapshotsDeleted;
  private boolean stalls = true;
  private int hostsMade;

  /** Something that a host is doing. */
  private static final class Errand {
    private final Host host;
    private final String label;
    private Fiber fiber;
    private Instant notBefore;

    private Errand(Host host, String label, Instant now) {
      this.host = host;
      this.label = label;
      this.notBefore = now;
    }
  }

  /** A call that the network holds back. */
  private record Late(Instant due, Runnable effect) {}

  /**
   * @param trace takes a line for everything that happens; null: nobody looks
   */
  SimWorld(long seed, int hostsMax, Limits limits, List<String> trace) {
    this.chance = new Chance(seed);
    this.limits = limits;
    this.trace = trace;
    this.meddler = new Meddler(this, chance);
    VaultConfig config =
        VaultConfig.plain(UUID.nameUUIDFromBytes(new byte[1]), now).withChunkBytes(CHUNK_BYTES);
    Vault unused = Vault.openOrCreate(blobs, config, VaultKeys.none());
    // Names in Azure follow from it, and all must follow from the seed.
    var unusedBinding = Catalogue.over(tables).vault().bind("catalogue-of-the-simulation");
    for (int i = 0; i < hostsMax; i++) {
      hosts.add(newHost());
    }
  }

  private Host newHost() {
    int skew = chance.between((int) -SKEW_MAX.toSeconds(), (int) SKEW_MAX.toSeconds());
    return new Host("host-" + ++hostsMade, this, Duration.ofSeconds(skew), limits);
  }

  // ---- what the ports ask

  Instant now() {
    return now;
  }

  Meddler meddler() {
    return meddler;
  }

  Outcome outcome() {
    return outcome;
  }

  void send(Next next) {
    mail.send(next.task(), now.plus(next.delay()));
  }

  /** The task that runs lets others go on, now and then; now and then for very long. */
  void maybePause() {
    if (current == null || !chance.oneIn(6)) {
      return;
    }
    Duration stall = Duration.ZERO;
    if (stalls && chance.oneIn(60)) {
      stall = Duration.ofMinutes(chance.between(5, 30));
      outcome.count("faults: stalled past a lease");
    } else if (stalls && chance.oneIn(2_000)) {
      stall = Duration.ofHours(25);
      outcome.count("faults: stalled past a deadline");
    }
    current.notBefore = now.plus(stall);
    if (!stall.isZero()) {
      note("%s   stalls for %s".formatted(current.host, stall));
    }
    fibers.pause();
  }

  void later(Duration delay, Runnable effect) {
    late.add(new Late(now.plus(delay), effect));
  }

  /** The host dies; whatever ran on it gets no further. Another one takes its place. */
  void kill(Host host) {
    if (!host.alive()) {
      return;
    }
    host.die();
    outcome.count("faults: hosts that died");
    Host next = newHost();
    hosts.set(hosts.indexOf(host), next);
    note("%s dies; %s starts".formatted(host, next));
  }

  // ---- what a run does

  /** The items that have rows. */
  List<String> items() {
    return tables.partitions(Tables.CATALOGUE).stream()
        .filter(partition -> !partition.equals("open") && !partition.equals("vault"))
        .toList();
  }

  /** Whether a host may begin a collection: one run at a time. */
  boolean mayCollect(Host host) {
    boolean free = collecting == null || !collecting.alive();
    collecting = free ? host : collecting;
    return free;
  }

  void collected() {
    collecting = null;
  }

  /** Someone has deleted snapshots by hand: what points keep may be gone. */
  void snapshotsDeleted() {
    snapshotsDeleted = true;
    outcome.count("Azure: all snapshots deleted by hand");
  }

  boolean areSnapshotsDeleted() {
    return snapshotsDeleted;
  }

  void purged(String pointId) {
    purged.add(pointId);
    outcome.count("points purged");
  }

  /** Points that are gone for good reason. */
  Set<String> purged() {
    return purged;
  }

  boolean traces() {
    return trace != null;
  }

  void note(String line) {
    if (trace != null) {
      Duration since = Duration.between(START, now);
      trace.add(
          "%3d:%02d:%02d.%03d %s"
              .formatted(
                  since.toHours(),
                  since.toMinutesPart(),
                  since.toSecondsPart(),
                  since.toMillisPart(),
                  line));
    }
  }

  Host anyHost() {
    return chance.of(hosts);
  }

  /** No task stalls from here on. */
  void noStalls() {
    stalls = false;
    errands.forEach(errand -> errand.notBefore = now);
  }

  /** Time goes on; calls that were held back are served when they are due. */
  void advance(Duration by) {
    now = now.plus(by);
    if (late.isEmpty()) {
      return;
    }
    for (Late each : List.copyOf(late)) {
      if (!each.due().isAfter(now) && late.remove(each)) {
        each.effect().run();
      }
    }
  }

  void advanceTo(Instant instant) {
    if (instant.isAfter(now)) {
      advance(Duration.between(now, instant));
    }
  }

  /** Starts something on a host; it may pause, and go on later. */
  void start(Host host, String label, Runnable body) {
    note("%s %s".formatted(host, label));
    Errand errand = new Errand(host, label, now);
    current = errand;
    errand.fiber =
        fibers.start(
            () -> {
              try {
                body.run();
              } catch (Crashed dead) {
                // Whoever waits for it finds out by its lease.
              } catch (RuntimeException | Error e) {
                if (host.alive()) {
                  throw e;
                }
              }
            });
    current = null;
    if (!errand.fiber.done()) {
      errands.add(errand);
    }
  }

  /** Goes on with what may go on; false when there is nothing. */
  boolean resumeAny() {
    bury();
    List<Errand> ready = errands.stream().filter(errand -> !errand.notBefore.isAfter(now)).toList();
    if (ready.isEmpty()) {
      return false;
    }
    resume(chance.of(ready));
    return true;
  }

  /** What ran on hosts that are dead falls over. */
  void bury() {
    for (Errand errand : List.copyOf(errands)) {
      while (!errand.host.alive() && !errand.fiber.done()) {
        resume(errand);
      }
    }
  }

  private void resume(Errand errand) {
    if (errand.host.alive()) {
      note("%s goes on with %s".formatted(errand.host, errand.label));
    }
    current = errand;
    fibers.resume(errand.fiber);
    current = null;
    if (errand.fiber.done()) {
      errands.remove(errand);
    }
  }

  int errands() {
    return errands.size();
  }

  boolean idle() {
    return errands.isEmpty() && mail.isEmpty() && late.isEmpty();
  }

  /** When the next thing is due that waits for nothing but time; a day from now when none is. */
  Instant nextDue() {
    Instant next = now.plus(Duration.ofDays(1));
    for (Errand errand : errands) {
      next = errand.notBefore.isBefore(next) ? errand.notBefore : next;
    }
    for (Message message : mail.all()) {
      next = message.visible().isBefore(next) ? message.visible() : next;
    }
    for (Late each : late) {
      next = each.due().isBefore(next) ? each.due() : next;
    }
    return next;
  }

  /** Gives a message to a host. */
  void deliver(Message message) {
    Receipt receipt = mail.take(message, now);
    outcome.count("deliveries");
    if (message.attempts() > 1) {
      outcome.count("deliveries: again");
    }
    if (message.attempts() > Mailbox.ATTEMPTS_MAX && !message.poison()) {
      note("%s was taken too often: poison".formatted(message));
      mail.poison(message, now);
      return;
    }
    Host host = anyHost();
    start(host, "%s, delivery %d".formatted(message, receipt.attempt()), () -> run(host, receipt));
  }

  private void run(Host host, Receipt receipt) {
    Message message = receipt.message();
    try {
      if (message.poison()) {
        outcome.count("deliveries: poison");
        host.deliveries.poison(message.queue(), message.id(), message.body());
      } else {
        host.deliveries.deliver(message.queue(), message.body(), receipt.attempt());
      }
    } catch (io.holdfast.failure.Failure expected) {
      if (host.alive()) {
        note("%s   failed: %s".formatted(host, expected.getMessage()));
        mail.failed(receipt, now);
      }
      return;
    }
    maybePause();
    if (host.alive()) {
      mail.done(receipt);
    }
  }
}
