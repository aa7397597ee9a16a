package io.holdfast.azure;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.disk.Disks.Refusal;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.disk.Vm;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What Azure says when it refuses a snapshot is kept in a job for anyone to read. */
class RefusalSecretsTest {
  @ParameterizedTest
  @CsvSource({"RESTORE_POINT,RestorePoints_Create", "DISK_SNAPSHOTS,Snapshots_CreateOrUpdate"})
  void aRefusalOfASnapshotNamesTheBlobButNotItsAccessSignature(
      SnapshotMethod method, String operation, @TempDir Path folder) throws Exception {
    try (SimulatedAzure azure = SimulatedAzure.plain(folder)) {
      Vm vm = azure.disks.vm(azure.vm("vm", "Linux")).orElseThrow();
      azure.faults(
          """
          [{"match":{"operation":"%s"},"times":1,"action":{"status":409,"code":"Refused",
          "message":"https://md-1.blob.core.windows.net/c/abcd?sv=1&sig=s3cret is in use"}}]"""
              .formatted(operation));

      Refusal refusal = azure.disks.begin(SimulatedAzure.set(vm, 1, method)).orElseThrow();

      assertThat(refusal.toString())
          .contains("Refused", "https://md-1.blob.core.windows.net/c/abcd", "is in use")
          .doesNotContain("s3cret");
    }
  }
}
