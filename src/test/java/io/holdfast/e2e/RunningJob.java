package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.e2e.Sparse.Range;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** A job that is followed to its end. From its snapshot on the guest writes without a pause. */
final class RunningJob implements AutoCloseable {
  private static final Duration JOB_MAX = Duration.ofSeconds(240);
  private static final Set<String> ENDS =
      Set.of("Completed", "CompletedWithWarnings", "Failed", "Cancelled");

  private final Stack stack;
  private final Machine machine;
  private final String id;
  private final Map<String, Path> before;
  private long deadlineNanos = System.nanoTime() + JOB_MAX.toNanos();
  private final GuestWriter guest;

  RunningJob(
      Stack stack,
      Machine machine,
      String id,
      Map<String, Path> before,
      Map<Path, List<Range>> places) {
    this.stack = stack;
    this.machine = machine;
    this.id = id;
    this.before = before;
    this.guest = GuestWriter.start(url(), places);
  }

  String url() {
    return stack.api() + "/jobs/" + id;
  }

  /** Gives the job this long from now on; by default it has four minutes. */
  RunningJob within(Duration most) {
    deadlineNanos = System.nanoTime() + most.toNanos();
    return this;
  }

  /** The job as the API shows it now. */
  JsonNode look() throws IOException, InterruptedException {
    return Http.get(url());
  }

  /** Looks until the job is as the test wants it; fails when it ends before. */
  JsonNode until(String what, Predicate<JsonNode> wanted) throws IOException, InterruptedException {
    while (true) {
      JsonNode job = lookPatiently();
      if (wanted.test(job)) {
        return job;
      }
      assertThat(ENDS).as("%s, but the job is %s", what, job).doesNotContain(status(job));
      assertThat(System.nanoTime()).as("%s: %s", what, job).isLessThan(deadlineNanos);
      Thread.sleep(50);
    }
  }

  /** Looks until the job has ended, and checks how; returns it. */
  JsonNode await(String status) throws IOException, InterruptedException {
    JsonNode job = until("ends", seen -> ENDS.contains(status(seen)));
    guest.close();
    assertThat(status(job)).as(job.toPrettyString()).isEqualTo(status);
    String point = job.path("recoveryPointId").asText(null);
    if (point != null) {
      assertThat(guest.pages()).as("pages that the guest wrote after the snapshot").isPositive();
      for (Map.Entry<String, Path> copy : before.entrySet()) {
        assertThat(Sparse.mismatch(copy.getValue(), machine.file(copy.getKey())))
            .as("the disk has changed since the copy, so that the two can be told apart")
            .isNotNegative();
      }
      machine.remember(point, before);
    } else {
      for (Path copy : before.values()) {
        Files.delete(copy);
      }
    }
    return job;
  }

  /** A host that was killed answers again when it is back. */
  private JsonNode lookPatiently() throws IOException, InterruptedException {
    while (true) {
      try {
        return look();
      } catch (IOException down) {
        assertThat(System.nanoTime()).as("the host is down: %s", down).isLessThan(deadlineNanos);
        Thread.sleep(100);
      }
    }
  }

  private static String status(JsonNode job) {
    return job.path("status").asText();
  }

  /** A disk of a job. */
  static JsonNode disk(JsonNode job, String disk) {
    for (JsonNode each : job.path("disks")) {
      if (each.path("disk").asText().equals(disk)) {
        return each;
      }
    }
    throw new AssertionError("no disk " + disk + " in " + job);
  }

  /** A count of all disks together. */
  static long sum(JsonNode job, String field) {
    long sum = 0;
    for (JsonNode each : job.path("disks")) {
      sum += each.path(field).asLong();
    }
    return sum;
  }

  @Override
  public void close() throws IOException, InterruptedException {
    guest.close();
  }
}
