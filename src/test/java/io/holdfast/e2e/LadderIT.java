package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Snapshots by other rungs than the first. */
class LadderIT {
  private static final int MIB = 1 << 20;

  @Test
  void aDeallocatedVmIsBackedUpAndTheFourthBackupInAnHourTakesTheNextRungWithAWarning()
      throws Exception {
    Stack stack = Stack.shared();
    Machine off = Machine.create(stack, "off", Map.of("os", 12L * MIB, "lun0", 8L * MIB));
    off.write("os", 100, 7 * MIB);
    off.write("lun0", 3L * MIB, MIB);
    off.deallocate();
    Machine often = Machine.create(stack, "often", Map.of("os", 12L * MIB));
    often.write("os", 100, 9 * MIB);

    try (RunningJob ofOff = off.start()) {
      for (int i = 0; i < 3; i++) {
        often.write("os", (3L + i) * MIB + 5, 1_000);
        JsonNode job = often.backUp();
        assertThat(job.path("warnings")).isEmpty();
        assertThat(job.at("/consistency/achieved").asText()).isEqualTo("FileSystemConsistent");
      }
      // Nothing writes in a VM that is off: what the disks hold is consistent.
      JsonNode job = ofOff.await("Completed");
      assertThat(job.at("/consistency/achieved").asText()).isEqualTo("FileSystemConsistent");
      assertThat(job.path("warnings")).isEmpty();
    }
    try (RunningJob fourth = often.start()) {
      JsonNode job = fourth.await("CompletedWithWarnings");
      assertThat(job.path("warnings"))
          .extracting(each -> each.path("code").asText())
          .isSubsetOf("SnapshotMethodRefused", "ConsistencyDegraded");
      JsonNode warning = job.at("/warnings/0");
      assertThat(warning.path("code").asText()).isEqualTo("SnapshotMethodRefused");
      assertThat(warning.path("message").asText())
          .contains("restore point", "TooManyRequests", "free again at");
      assertThat(warning.path("remedy").asText()).isNotEmpty();
      assertThat(job.at("/consistency/requested").asText()).isEqualTo("FileSystemConsistent");
      assertThat(job.at("/consistency/achieved").asText()).isEqualTo("CrashConsistent");
    }
    for (Machine vm : new Machine[] {off, often}) {
      vm.assertEveryPointEqualsItsCopies();
      MainJobIT.assertNothingLeft(stack, vm);
      vm.forget();
    }
  }
}
