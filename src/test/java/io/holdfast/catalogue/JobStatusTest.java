package io.holdfast.catalogue;

import static io.holdfast.catalogue.JobStatus.CANCELLED;
import static io.holdfast.catalogue.JobStatus.CANCELLING;
import static io.holdfast.catalogue.JobStatus.COMMITTED;
import static io.holdfast.catalogue.JobStatus.COMPLETED;
import static io.holdfast.catalogue.JobStatus.COMPLETED_WITH_WARNINGS;
import static io.holdfast.catalogue.JobStatus.FAILED;
import static io.holdfast.catalogue.JobStatus.IN_PROGRESS;
import static io.holdfast.catalogue.JobStatus.QUEUED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.catalogue.Job.JobError;
import io.holdfast.catalogue.Job.Request;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JobStatusTest {
  private static final Map<JobStatus, Set<JobStatus>> WAYS =
      new EnumMap<>(
          Map.of(
              QUEUED, Set.of(IN_PROGRESS, CANCELLING, CANCELLED, FAILED),
              IN_PROGRESS, Set.of(COMMITTED, CANCELLING, CANCELLED, FAILED),
              COMMITTED, Set.of(COMPLETED, COMPLETED_WITH_WARNINGS),
              CANCELLING, Set.of(CANCELLED, FAILED),
              COMPLETED, Set.of(),
              COMPLETED_WITH_WARNINGS, Set.of(),
              FAILED, Set.of(),
              CANCELLED, Set.of()));

  private static final Instant NOW = Instant.parse("2026-03-02T10:00:00Z");

  @ParameterizedTest
  @EnumSource
  void there_are_these_ways_and_no_others(JobStatus from) {
    assertThat(JobStatus.values()).filteredOn(from::mayBecome).hasSameElementsAs(WAYS.get(from));
    assertThat(from.ended()).isEqualTo(WAYS.get(from).isEmpty());
  }

  @Test
  void a_job_is_its_item_s_active_one_until_it_has_committed_or_ended() {
    assertThat(JobStatus.values())
        .filteredOn(JobStatus::active)
        .containsExactly(QUEUED, IN_PROGRESS);
  }

  @Test
  void users_see_the_states_that_are_fixed_for_clients() {
    assertThat(Arrays.stream(JobStatus.values()).map(JobStatus::text).distinct())
        .containsExactlyInAnyOrder(
            "Queued",
            "InProgress",
            "Completed",
            "CompletedWithWarnings",
            "Failed",
            "Cancelling",
            "Cancelled");
    assertThat(COMMITTED.text()).isEqualTo("InProgress");
  }

  @Test
  void a_job_takes_no_way_that_there_is_not() {
    Job job =
        Job.queued(
            JobId.of("item", NOW, "x"), new Request(null, null, 0, null), "vm", "vm", NOW, NOW);

    assertThatThrownBy(() -> job.become(COMMITTED))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("QUEUED to COMMITTED");
    Job committed = job.become(IN_PROGRESS).become(COMMITTED);
    assertThatThrownBy(() -> committed.failed(new JobError("x", "y"), NOW))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void a_job_that_fails_ends_the_steps_that_were_running_and_no_others() {
    Job job =
        Job.queued(
                JobId.of("item", NOW, "x"), new Request(null, null, 0, null), "vm", "vm", NOW, NOW)
            .become(IN_PROGRESS)
            .begin("one", NOW)
            .end("one", "Completed", NOW.plusSeconds(1))
            .begin("two", NOW.plusSeconds(1))
            .begin("two", NOW.plusSeconds(2));

    Job failed = job.failed(new JobError("x", "y"), NOW.plusSeconds(3));

    assertThat(failed.tasks())
        .containsExactly(
            new Job.JobTask("one", "Completed", NOW, NOW.plusSeconds(1), null),
            new Job.JobTask("two", "Failed", NOW.plusSeconds(1), NOW.plusSeconds(3), null));
    assertThat(failed.endTime()).isEqualTo(NOW.plusSeconds(3));
  }
}
