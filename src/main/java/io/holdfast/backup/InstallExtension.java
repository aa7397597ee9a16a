package io.holdfast.backup;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.JobTask;
import io.holdfast.catalogue.Job.Warning;
import io.holdfast.catalogue.Versioned;
import io.holdfast.disk.Disks;
import io.holdfast.disk.Disks.Refusal;
import io.holdfast.disk.Surroundings;
import io.holdfast.disk.Vm;
import io.holdfast.disk.VmFacts.Extension;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * Puts the snapshot extension into the guest before the first consistent snapshot, as a task that
 * users see. Where that fails the snapshot is tried all the same, since Azure installs it by itself
 * then; where it is stuck no consistent snapshot is tried, since Azure waits for all extensions. It
 * is never removed.
 */
final class InstallExtension {
  /** The task's name as users see it. */
  static final String TASK = "Install snapshot extension";

  /** Azure's documentation gives an extension minutes; one that takes longer is stuck. */
  static final Duration WAIT_MAX = Duration.ofMinutes(10);

  private static final Duration LOOK = Duration.ofSeconds(10);

  private final Catalogue catalogue;
  private final Disks disks;
  private final Surroundings surroundings;
  private final Ladder ladder;
  private final SnapshotSite site;
  private final InstantSource clock;

  InstallExtension(
      Catalogue catalogue,
      Disks disks,
      Surroundings surroundings,
      Ladder ladder,
      SnapshotSite site,
      InstantSource clock) {
    this.catalogue = catalogue;
    this.disks = disks;
    this.surroundings = surroundings;
    this.ladder = ladder;
    this.site = site;
    this.clock = clock;
  }

  /** Goes on with a job that was started: with the extension, then with the snapshot. */
  List<Next> begin(Versioned<Job> job) {
    if (job.value().running(TASK).isEmpty()) {
      return ladder.begin(job);
    }
    Optional<Vm> vm = disks.vm(job.value().vmId());
    if (vm.isEmpty() || handler(vm.get()).isPresent()) {
      return look(job, vm, 0);
    }
    Optional<Refusal> refusal =
        surroundings.install(vm.get(), site.extensionVersion(vm.get().windows()));
    return refusal.isPresent()
        ? failed(job, refusal.get().code(), refusal.get().message())
        : later(job.value(), 1);
  }

  /** Looks once whether it is there. */
  List<Next> look(Versioned<Job> job, int look) {
    return look(job, disks.vm(job.value().vmId()), look);
  }

  private List<Next> look(Versioned<Job> job, Optional<Vm> vm, int look) {
    Optional<Extension> handler = vm.flatMap(InstallExtension::handler);
    if (handler.isPresent() && handler.get().state() == Extension.State.SUCCEEDED) {
      return settle(job, job.value().end(TASK, "Completed", clock.instant()));
    }
    if (handler.isPresent() && handler.get().state() == Extension.State.FAILED) {
      return failed(job, "ExtensionFailed", texts(handler.get()));
    }
    if (vm.isEmpty() || !vm.get().running()) {
      return failed(job, "VirtualMachineNotRunning", "the VM was stopped or removed meanwhile");
    }
    JobTask task = job.value().running(TASK).orElseThrow();
    if (clock.instant().isAfter(task.startTime().plus(WAIT_MAX))) {
      return stuck(job, handler.map(InstallExtension::texts).orElse("Azure does not show it yet"));
    }
    catalogue.held().alive(job.value().id());
    return later(job.value(), look + 1);
  }

  private static Optional<Extension> handler(Vm vm) {
    return vm.facts().snapshotHandler(vm.windows());
  }

  private static String texts(Extension extension) {
    return extension.texts().isEmpty()
        ? "Azure gives no text"
        : String.join("; ", extension.texts());
  }

  private List<Next> failed(Versioned<Job> job, String code, String message) {
    Warning failure =
        new Warning(
            code,
            message,
            "Azure tries to install it with the snapshot; if that fails too, look at the guest"
                + " agent's log, or grant Microsoft.Compute/virtualMachines/extensions/write.");
    return settle(job, job.value().endFailed(TASK, failure, clock.instant()));
  }

  private List<Next> settle(Versioned<Job> job, Job ended) {
    Job after =
        ended.begin(SnapshotTasks.next(ended, ended.snapshot().set().method()), clock.instant());
    // Whoever changed the job meanwhile is found at the next look.
    boolean unused = catalogue.jobs().update(job, after, List.of());
    return now(after);
  }

  private List<Next> stuck(Versioned<Job> job, String texts) {
    String message =
        "the snapshot extension is not provisioned after %d minutes: %s"
            .formatted(WAIT_MAX.toMinutes(), texts);
    Refusal refusal = new Refusal("ExtensionStuck", message, null);
    Warning failure =
        new Warning(
            refusal.code(),
            message,
            "Look at the guest agent's log; remove the extension by hand if it never ends.");
    Job ended = job.value().endFailed(TASK, failure, clock.instant());
    Job after =
        ended.begin(SnapshotTasks.next(ended, ended.snapshot().set().method()), clock.instant());
    if (!catalogue.jobs().update(job, after, List.of())) {
      return now(after);
    }
    return ladder.descend(catalogue.jobs().get(after.id()), refusal, List.of());
  }

  private static List<Next> now(Job job) {
    return List.of(Next.now(new Task.AwaitSnapshot(job.id().toString(), job.setNumber(), 1)));
  }

  private static List<Next> later(Job job, int look) {
    return List.of(
        Next.in(LOOK, new Task.AwaitSnapshot(job.id().toString(), job.setNumber(), look)));
  }
}
