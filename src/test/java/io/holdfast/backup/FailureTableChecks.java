package io.holdfast.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.catalogue.ChangeSource;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.JobDisk;
import io.holdfast.catalogue.Job.JobTask;
import io.holdfast.catalogue.Job.Warning;
import io.holdfast.catalogue.JobStatus;
import io.holdfast.catalogue.Protection;
import io.holdfast.disk.Consistency;
import io.holdfast.disk.DiskSelection;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.fake.SimulatedVm;
import io.holdfast.fake.SimulatedWorld;

/** What the cases of the table of failures say over and over. */
final class FailureTableChecks {
  private FailureTableChecks() {}

  static Protection demands(Consistency consistency) {
    return new Protection(consistency, true, true, DiskSelection.ALL);
  }

  /** The job completed without a warning; its point holds what the disks hold now. */
  static Job completed(SimulatedWorld azure, SimulatedVm vm, Job job) {
    assertThat(job.error()).isNull();
    assertThat(job.warnings()).isEmpty();
    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
    azure.assertHolds(job, vm);
    return job;
  }

  /** The job completed with these warnings, in any order; its point holds what the disks hold. */
  static Job warned(SimulatedWorld azure, SimulatedVm vm, Job job, String... codes) {
    assertThat(job.error()).isNull();
    assertThat(job.warnings()).extracting(Warning::code).containsExactlyInAnyOrder(codes);
    assertThat(job.warnings()).allSatisfy(each -> assertThat(each.remedy()).isNotBlank());
    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED_WITH_WARNINGS);
    azure.assertHolds(job, vm);
    return job;
  }

  static Job failed(Job job, String code, String... texts) {
    assertThat(job.status()).isEqualTo(JobStatus.FAILED);
    assertThat(job.error().code()).isEqualTo(code);
    assertThat(job.error().message()).contains(texts);
    return job;
  }

  static void frozen(Job job, SnapshotMethod method, Consistency achieved) {
    assertThat(job.snapshot().set().method()).isEqualTo(method);
    assertThat(job.snapshot().achieved()).isEqualTo(achieved);
  }

  /** A task of the job failed for this. */
  static void taskFailed(Job job, String code, String text) {
    assertThat(job.tasks())
        .filteredOn(task -> task.status().equals("Failed"))
        .extracting(JobTask::failure)
        .anySatisfy(
            failure -> {
              assertThat(failure.code()).isEqualTo(code);
              assertThat(failure.message()).contains(text);
            });
  }

  static JobDisk disk(Job job, String key) {
    return job.disks().stream().filter(each -> each.disk().equals(key)).findFirst().orElseThrow();
  }

  static void changes(Job job, String key, ChangeSource source) {
    assertThat(disk(job, key).result().changeSource())
        .as("%s: %s", key, disk(job, key).result().reason())
        .isEqualTo(source);
  }
}
