package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The whole service on an encrypted vault: the key file is its only key. */
class EncryptedIT {
  private static final int MIB = 1 << 20;

  @Test
  void pointsOfAnEncryptedVaultRestoreEqualWithTheKeyFileAndNotWithoutIt() throws Exception {
    Path keyFile = Programs.scratch().resolve("encrypted.key.json");
    Files.deleteIfExists(keyFile);
    Programs.Ended made = Programs.cli("vault", "keygen", "--out", keyFile.toString());
    assertThat(made.exit()).as(made.stderr()).isZero();
    try (Stack stack = Stack.start("encrypted", 600, Optional.of(keyFile))) {
      assertThat(stack.log("host")).contains("cryptography by ");
      Machine vm = Machine.create(stack, "sealed", Map.of("os", 24L * MIB));
      vm.write("os", 0, 9 * MIB);
      JsonNode full = vm.backUp();
      vm.write("os", 16L * MIB, MIB);
      JsonNode next = vm.backUp();

      assertThat(RunningJob.disk(full, "os").path("bytesStored").asLong()).isPositive();
      // Whatever was read, ids under the vault's key tell what is new.
      assertThat(RunningJob.disk(next, "os").path("bytesTransferred").asLong())
          .isEqualTo(
              vm.changedBytes(
                  full.path("recoveryPointId").asText(), next.path("recoveryPointId").asText()));
      vm.assertEveryPointEqualsItsCopies();
      Programs.Ended verify =
          Programs.cli("vault", "verify", "--vault", stack.vault(), "--key-file", "" + keyFile);
      assertThat(verify.exit()).as(verify.stderr()).isZero();
      Programs.Ended without = Programs.cli("vault", "verify", "--vault", stack.vault());
      assertThat(without.exit()).isEqualTo(12);
      assertThat(without.stderr()).contains("file:" + made.stdout().strip());
      vm.forget();
    }
  }
}
