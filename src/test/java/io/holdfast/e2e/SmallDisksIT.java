package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Disks of odd sizes, and a second request while a job runs. */
class SmallDisksIT {
  private static final int MIB = 1 << 20;

  @Test
  void aDiskOfNoWholeChunksAndAnEmptyOneRestoreEqualAndASecondRequestNamesTheRunningJob()
      throws Exception {
    Stack stack = Stack.shared();
    long odd = 37L * MIB + 3 * 512;
    Machine vm = Machine.create(stack, "odd", Map.of("os", odd, "lun0", 20L * MIB));
    vm.write("os", 0, 2 * MIB);
    vm.write("os", 20L * MIB, (int) (odd - 20L * MIB));

    JsonNode first;
    try (RunningJob job = vm.start()) {
      Http.Answer refused = vm.requestBackup();
      assertThat(refused.status()).isEqualTo(409);
      assertThat(refused.code()).isEqualTo("BackupAlreadyInProgress");
      assertThat(refused.header("Location")).isEqualTo(job.url());
      assertThat(refused.message()).contains(job.url()).contains(vm.id());
      first = job.await("Completed");
    }
    assertThat(vm.jobs()).as("the refused request made no job").hasSize(1);
    JsonNode os = RunningJob.disk(first, "os");
    assertThat(os.path("sizeBytes").asLong()).isEqualTo(odd);
    assertThat(os.path("bytesRead").asLong()).isPositive().isLessThanOrEqualTo(odd);
    JsonNode empty = RunningJob.disk(first, "lun0");
    assertThat(empty.path("changeSource").asText()).isEqualTo("Full");
    assertThat(empty.path("bytesTotal").asLong(-1)).isZero();
    assertThat(empty.path("bytesRead").asLong()).isZero();
    assertThat(empty.path("bytesStored").asLong()).isZero();
    MainJobIT.assertNothingLeft(stack, vm);

    // The guest has written into the empty disk during the job.
    JsonNode second = vm.backUp();
    assertThat(RunningJob.disk(second, "lun0").path("bytesTransferred").asLong()).isPositive();
    vm.assertEveryPointEqualsItsCopies();
    MainJobIT.assertNothingLeft(stack, vm);
    vm.forget();
  }
}
