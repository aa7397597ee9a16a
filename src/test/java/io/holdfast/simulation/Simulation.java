package io.holdfast.simulation;

import io.holdfast.backup.JobEnd;
import io.holdfast.backup.Limits;
import io.holdfast.backup.StartBackup;
import io.holdfast.backup.StartBackup.Requested;
import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.Request;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.JobStatus;
import io.holdfast.catalogue.Policy;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.catalogue.Tables;
import io.holdfast.catalogue.Versioned;
import io.holdfast.disk.DiskFacts;
import io.holdfast.disk.Disks.Refusal;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.disk.VmFacts.Agent;
import io.holdfast.disk.VmFacts.Security;
import io.holdfast.failure.Failure;
import io.holdfast.fake.MemoryDisk;
import io.holdfast.fake.MemoryVm;
import io.holdfast.simulation.Mailbox.Message;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * One run of the whole protocol under a schedule that follows from a seed: the real steps, timers,
 * poison handlers and requests on several hosts, while everything goes wrong that may go wrong.
 * Then the trouble ends, all comes to rest, and the world is looked at.
 */
public final class Simulation {
  private static final int ACTIONS = 700;
  private static final int ROUNDS_MAX = 24;
  private static final Duration TICK = Duration.ofMinutes(5);
  private static final Duration RECONCILE = Duration.ofMinutes(15);
  private static final String POLICY = "every-six-hours";

  private final SimWorld world;
  private final Chance chance;
  private final Catalogue seen;
  private final List<MemoryVm> vms = new ArrayList<>();
  private Instant nextTick;
  private Instant nextReconcile;
  private int requests;
  private int storms;
  private int remade;

  private Simulation(long seed, List<String> trace) {
    chance = new Chance(~seed);
    Limits normal = Limits.DEFAULT;
    Limits limits =
        new Limits(
            normal.deadline(),
            normal.deadlineMax(),
            normal.readBytesPerSecond(),
            // A visit of a few chunks, so that lanes and plans go on in many messages.
            chance.of(Duration.ofMillis(80), Duration.ofMinutes(2)),
            Duration.ofMillis(chance.of(10, 2_000)),
            chance.between(1, 3),
            chance.of(1, 3) * SimWorld.CHUNK_BYTES,
            SimWorld.SEGMENT_BYTES,
            normal.lookDelay(),
            normal.lookDelayMax(),
            normal.releaseMax(),
            4);
    world = new SimWorld(seed, chance.between(1, 3), limits, trace);
    seen = Catalogue.over(world.tables);
    nextTick = world.now().plus(TICK);
    nextReconcile = quarter(world.now()).plus(RECONCILE);
  }

  /** Timers fire by the clock, not by when they last fired. */
  private static Instant quarter(Instant instant) {
    return Instant.ofEpochSecond(
        instant.getEpochSecond() / RECONCILE.toSeconds() * RECONCILE.toSeconds());
  }

  /**
   * Runs a seed.
   *
   * @throws AssertionError when the world is broken, with a trace for people
   */
  public static Outcome run(long seed) {
    try {
      return bare(seed);
    } catch (RuntimeException | Error e) {
      throw Trace.of(seed, e);
    }
  }

  /** As {@link #run}, without a trace: for whoever expects it to fail. */
  public static Outcome bare(long seed) {
    Simulation simulation = new Simulation(seed, null);
    simulation.run();
    return simulation.world.outcome();
  }

  /** Runs a seed once more, with every call written down; returns what happened. */
  static List<String> trace(long seed) {
    List<String> lines = new ArrayList<>();
    try {
      new Simulation(seed, lines).run();
    } catch (RuntimeException | Error e) {
      lines.add("");
      lines.add(String.valueOf(e.getMessage()));
    }
    return lines;
  }

  private void run() {
    for (int i = 0; i < 2; i++) {
      vms.add(vm("vm" + (i + 1)));
    }
    putPolicy();
    storms = chance.of(0, 10, 25, 60);
    world.meddler().trouble(Math.max(1, storms));
    int days = chance.between(1, 3);
    for (int day = 0; day < days; day++) {
      for (int action = 0; action < ACTIONS / days; action++) {
        act();
        if (chance.oneIn(60)) {
          // Trouble comes and goes.
          world.meddler().trouble(Math.max(1, chance.of(0, storms, storms, 2 * storms)));
        }
      }
      if (day < days - 1) {
        night();
      }
    }
    calm();
    rest();
    for (MemoryVm vm : List.copyOf(vms)) {
      isAsGoodAsEver(vm);
    }
    rest();
    count();
    world
        .outcome()
        .count(
            "restores",
            new Checks(
                    world.tables,
                    world.blobs,
                    world.disks,
                    world.purged(),
                    world.areSnapshotsDeleted())
                .all());
  }

  // ---- the world before

  private MemoryVm vm(String name) {
    String guid = UUID.nameUUIDFromBytes((name + remade).getBytes()).toString();
    MemoryVm vm = world.disks.add(new MemoryVm(name, guid));
    if (chance.oneIn(3)) {
      vm.windows();
    }
    if (chance.oneIn(3)) {
      vm.withoutExtension();
    }
    if (chance.oneIn(5)) {
      MemoryDisk state = new MemoryDisk(guid + "-state", 8 * 512);
      state.scribble(chance.random(), 0, 3_000);
      vm.security(Security.TRUSTED_LAUNCH, state);
    }
    if (chance.oneIn(6)) {
      DiskFacts plain = DiskFacts.PLAIN;
      vm.facts(
          "lun0",
          new DiskFacts(
              "Premium_LRS",
              true,
              false,
              false,
              plain.networkAccess(),
              null,
              false,
              null,
              false,
              plain.tags()));
    }
    int osBytes = SimWorld.SEGMENT_BYTES * chance.between(1, 2) + 3 * 4096 + 512;
    attach(vm, "os", osBytes);
    attach(vm, "lun0", chance.between(1, 40) * 8192);
    return vm;
  }

  private void attach(MemoryVm vm, String key, int sizeBytes) {
    String id = "%s-%s-%d-id".formatted(vm.itemId(), key, ++remade);
    MemoryDisk disk = vm.attach(key, new MemoryDisk(id, sizeBytes));
    disk.scribble(chance.random(), 0, Math.min(sizeBytes, 9_000));
    int last = sizeBytes / 4096 * 4096;
    disk.scribble(chance.random(), Math.min(last, sizeBytes - 512), 512);
    if (sizeBytes > SimWorld.SEGMENT_BYTES) {
      disk.scribble(chance.random(), SimWorld.SEGMENT_BYTES - 5_120, 10_240);
    }
  }

  private void putPolicy() {
    Policy policy =
        new Policy(
            POLICY,
            new Policy.Selector(List.of(vms.get(0).id()), Map.of(), List.of()),
            new Policy.Schedule("0 */6 * * *", "UTC"),
            chance.of(0, 1),
            world.now());
    if (!world.anyHost().policies.put(policy, Optional.empty())) {
      throw new AssertionError("the policy was not put");
    }
  }

  /** All comes to rest; then so much time goes by that what is stored may be collected. */
  private void night() {
    world.note("a night");
    world.meddler().trouble(0);
    world.disks.stuckRemovals(false);
    rest();
    world.advance(Duration.ofHours(chance.between(25, 60)));
    if (chance.oneIn(2)) {
      // What these points alone refer to is old now, is nobody's, and is there still.
      Collector collector = new Collector(world);
      for (String item : world.items()) {
        seen.points().ofItem(item, 1_000, Optional.empty()).stream()
            .filter(point -> !chance.oneIn(4))
            .forEach(collector::purge);
      }
    }
    world.meddler().trouble(Math.max(1, storms));
  }

  // ---- one thing that happens

  private void act() {
    world.bury();
    fireTimers();
    int dice = chance.upTo(1_000);
    if (dice < 400) {
      deliver();
    } else if (dice < 760) {
      boolean unused = world.resumeAny();
    } else if (dice < 880) {
      time();
    } else if (dice < 945) {
      guestWrites();
    } else if (dice < 970) {
      request(chance.of(vms));
    } else if (dice < 973) {
      cancel();
    } else if (dice < 977) {
      trouble();
    } else if (dice < 981) {
      world.outcome().count("reconciles out of turn");
      reconcile();
    } else if (dice < 992) {
      collect();
    } else {
      azure();
    }
  }

  private void deliver() {
    List<Message> visible = world.mail.visible(world.now());
    if (visible.isEmpty()) {
      time();
      return;
    }
    Message message = chance.of(visible);
    if (chance.oneIn(400)) {
      world.outcome().count("faults: lost messages");
      world.note(message + " is lost");
      world.mail.lose(message);
    } else {
      if (chance.oneIn(60)) {
        world.outcome().count("faults: doubled messages");
        world.note(message + " is doubled");
        world.mail.duplicate(message, world.now().plusSeconds(chance.upTo(900)));
      }
      world.deliver(message);
    }
  }

  private void time() {
    switch (chance.upTo(12)) {
      case 0 -> world.advance(Duration.ofMinutes(chance.between(1, 20)));
      case 1 -> world.advance(Duration.ofSeconds(chance.between(1, 60)));
      case 2 -> {
        if (chance.oneIn(40)) {
          world.advance(Duration.ofHours(chance.between(2, 26)));
        }
      }
      default -> {
        Instant due = world.nextDue();
        Instant timer = nextTick.isBefore(nextReconcile) ? nextTick : nextReconcile;
        world.advanceTo(due.isBefore(timer) ? due : timer);
      }
    }
  }

  private void fireTimers() {
    if (!world.now().isBefore(nextTick)) {
      nextTick = world.now().plus(TICK);
      Host host = world.anyHost();
      world.start(host, "timer: schedule", () -> patiently(host, host.tick::run));
    }
    if (!world.now().isBefore(nextReconcile)) {
      nextReconcile = quarter(world.now()).plus(RECONCILE);
      reconcile();
    }
  }

  private void reconcile() {
    Host host = world.anyHost();
    world.start(
        host,
        "timer: reconcile",
        () -> patiently(host, () -> host.backup.reconcile().run(host.queues)));
  }

  /** Timers come again, and clients may: what a call fails with ends with it. */
  private void patiently(Host host, Runnable call) {
    try {
      call.run();
    } catch (Failure failed) {
      world.outcome().count("calls that failed");
      world.note("%s   failed: %s".formatted(host, failed.getMessage()));
    }
  }

  private void request(MemoryVm vm) {
    Host host = world.anyHost();
    int days = chance.upTo(3);
    String id = "request" + ++requests;
    world.start(
        host,
        "request: back up %s, keep its snapshot %d days".formatted(vm.id(), days),
        () -> patiently(host, () -> request(host, vm, id, days)));
  }

  private Requested request(Host host, MemoryVm vm, String id, int days) {
    Instant until = days == 1 ? null : world.now().plus(Duration.ofDays(30));
    Requested requested =
        host.backup
            .start()
            .request(vm.id(), host.clock.instant(), id, is -> new Request(null, null, days, until));
    if (requested instanceof Requested.Open open) {
      host.queues.accept(StartBackup.next(open.job()));
    }
    world.outcome().count("requests: " + requested.getClass().getSimpleName());
    return requested;
  }

  private void cancel() {
    List<String> open = world.tables.rowKeys(Tables.CATALOGUE, "open");
    if (open.isEmpty()) {
      return;
    }
    Host host = world.anyHost();
    JobId id = JobId.of(chance.of(open));
    world.start(host, "request: cancel " + id, () -> patiently(host, () -> cancel(host, id)));
  }

  private void cancel(Host host, JobId id) {
    JobEnd.Cancelled answer = host.backup.jobEnd().cancel(id);
    if (answer instanceof JobEnd.Cancelled.Accepted accepted) {
      accepted.next().forEach(host.queues);
    }
    world.outcome().count("requests: cancel " + answer.getClass().getSimpleName());
  }

  private void trouble() {
    if (!chance.oneIn(4)) {
      world.kill(world.anyHost());
    } else {
      // Somebody sends what nobody can read, or what belongs to a job that nobody knows.
      world.outcome().count("faults: messages that nobody understands");
      world.mail.send(
          "finalize",
          chance.of(
              "{\"kind\":\"finalize\",\"version\":2,\"jobId\":\"x\"}",
              "{\"kind\":\"defragment\",\"version\":1}",
              "no JSON"),
          world.now());
    }
  }

  /** Old points go, and what only they needed. */
  private void collect() {
    Host host = world.anyHost();
    String item = chance.of(vms).itemId();
    List<RecoveryPoint> points = seen.points().ofItem(item, 1_000, Optional.empty());
    Optional<RecoveryPoint> marked =
        points.isEmpty() || chance.oneIn(2) ? Optional.empty() : Optional.of(chance.of(points));
    world.start(host, "collect " + marked, () -> new Collector(world).run(host, marked));
  }

  private void guestWrites() {
    MemoryVm vm = chance.of(vms);
    MemoryDisk disk = vm.get(chance.oneIn(3) ? "lun0" : "os");
    if (chance.oneIn(3)) {
      // One of a few contents, so that chunks come again that the vault had, or has still.
      byte[] known = new byte[4096];
      Arrays.fill(known, (byte) chance.between(1, 4));
      disk.write(chance.upTo(Math.min(4, disk.sizeBytes() / 4096)) * 4096, known);
      return;
    }
    int pages = disk.sizeBytes() / 512;
    int at = chance.upTo(pages);
    int length = chance.between(1, Math.min(40, pages - at));
    switch (chance.upTo(8)) {
      case 0 -> disk.discard(at * 512, length * 512);
      case 1 -> {
        if (disk.sizeBytes() < 3 * SimWorld.SEGMENT_BYTES) {
          disk.grow(disk.sizeBytes() + length * 512);
        }
      }
      default -> disk.scribble(chance.random(), at * 512, length * 512);
    }
  }

  /** Azure, or someone with rights in it, does what Holdfast did not ask for. */
  private void azure() {
    MemoryVm vm = chance.of(vms);
    int kind = chance.upTo(30);
    world.note("Azure: kind " + kind);
    switch (kind) {
      case 0, 1 ->
          world.disks.refuse(
              chance.of(SnapshotMethod.values()), new Refusal("Conflict", "not now", null));
      case 2, 3, 4, 5, 6 -> takeAll();
      case 7 -> {
        world.disks.deleteSnapshots();
        world.snapshotsDeleted();
      }
      case 8, 9 -> world.disks.revokeAll();
      case 10, 11 -> vm.off();
      case 12, 13 -> vm.on();
      case 14 -> {
        world.disks.delete(vm);
        remade++;
        vms.set(vms.indexOf(vm), vm(vm.id().substring(vm.id().lastIndexOf('/') + 1)));
        world.outcome().count("VMs made anew");
      }
      case 15 -> attach(vm, "lun1", 4096 * chance.between(1, 9));
      case 16 -> attach(vm, "lun0", 4096 * chance.between(1, 60));
      case 17 -> world.disks.stuckRemovals(true);
      case 18, 19 -> world.disks.stuckRemovals(false);
      case 20 -> world.disks.pendingLooks(chance.upTo(6));
      case 21 -> vm.agent(Agent.NOT_READY);
      case 22 -> vm.agent(Agent.READY);
      case 23, 24 ->
          world.disks.fail(SnapshotMethod.RESTORE_POINT, "VMRestorePointClientError", "it froze");
      case 25, 26 -> world.disks.mend();
      default -> {}
    }
  }

  private void takeAll() {
    for (SnapshotMethod method : SnapshotMethod.values()) {
      world.disks.refuse(method, null);
    }
  }

  // ---- the world after

  private void calm() {
    world.note("the trouble is over");
    world.meddler().trouble(0);
    world.noStalls();
    takeAll();
    world.disks.mend();
    world.disks.stuckRemovals(false);
    Host host = world.anyHost();
    host.policies
        .find(POLICY)
        .ifPresent(
            found -> {
              boolean unused = host.policies.delete(POLICY, found.etag());
            });
  }

  /** Everything comes to its end, by the timers if not by itself. */
  private void rest() {
    for (int round = 0; round < ROUNDS_MAX; round++) {
      drain();
      boolean open = !world.tables.rowKeys(Tables.CATALOGUE, "open").isEmpty();
      // Once around for everything that the reconciler looks at in turns.
      if (!open && world.mail.isEmpty() && round > 4) {
        return;
      }
      world.advanceTo(nextReconcile);
      fireTimers();
    }
    throw new AssertionError(
        "no rest after %d rounds: open %s, messages %s"
            .formatted(
                ROUNDS_MAX, world.tables.rowKeys(Tables.CATALOGUE, "open"), world.mail.all()));
  }

  private void drain() {
    while (true) {
      while (world.resumeAny()) {
        // Until nothing may go on.
      }
      List<Message> visible = world.mail.visible(world.now());
      if (!visible.isEmpty()) {
        world.deliver(visible.get(0));
      } else if (world.idle() || world.nextDue().isAfter(nextReconcile)) {
        return;
      } else {
        world.advanceTo(world.nextDue());
      }
    }
  }

  /** The next backup works, and holds what the disks hold now. */
  private void isAsGoodAsEver(MemoryVm vm) {
    vm.on();
    vm.agent(Agent.READY);
    Host host = world.anyHost();
    Requested requested = request(host, vm, "last", 0);
    if (!(requested instanceof Requested.Open open)) {
      throw new AssertionError("a last backup of %s is refused: %s".formatted(vm.id(), requested));
    }
    rest();
    Job job = seen.jobs().find(open.job().id()).map(Versioned::value).orElseThrow();
    if (job.status() != JobStatus.COMPLETED && job.status() != JobStatus.COMPLETED_WITH_WARNINGS) {
      throw new AssertionError("a last backup of %s failed: %s".formatted(vm.id(), job.error()));
    }
    job.snapshot()
        .parts()
        .forEach(
            part -> {
              byte[] now =
                  part.guestState() ? vm.guestState().bytes() : vm.get(part.disk()).bytes();
              if (!Arrays.equals(world.disks.heldBy(part).bytes(), now)) {
                throw new AssertionError("the last backup of %s is old".formatted(vm.id()));
              }
            });
  }

  private void count() {
    Outcome outcome = world.outcome();
    outcome.count("messages", world.mail.sent());
    for (String item : world.items()) {
      for (Job job : seen.jobs().ofItem(item, 1_000, Optional.empty())) {
        outcome.count("jobs: " + job.status());
        if (job.error() != null) {
          outcome.count("jobs: " + job.status() + ": " + job.error().code());
        }
        job.disks().stream()
            .filter(disk -> disk.result() != null)
            .forEach(disk -> outcome.count("disks: " + disk.result().changeSource()));
      }
    }
  }
}
