package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.azure.AzureFailures;
import io.holdfast.failure.Corrupt;
import io.holdfast.failure.Invalid;
import io.holdfast.failure.Unavailable;
import org.junit.jupiter.api.Test;

class ExitCodeTest {
  @Test
  void isTheOneThatScriptsRelyOn() {
    assertThat(ExitCode.of(new Invalid("VaultNotFound", ""))).isEqualTo(10);
    assertThat(ExitCode.of(new Invalid("ContainerNotFound", ""))).isEqualTo(10);
    assertThat(ExitCode.of(new Invalid("VaultOwned", ""))).isEqualTo(11);
    assertThat(ExitCode.of(new Invalid(AzureFailures.ACCESS_DENIED, ""))).isEqualTo(12);
    assertThat(ExitCode.of(new Invalid("VaultUrlInvalid", ""))).isEqualTo(2);
    assertThat(ExitCode.of(new Invalid("VaultKeysMissing", ""))).isEqualTo(12);
    assertThat(ExitCode.of(new Invalid("KeyFileExposed", ""))).isEqualTo(12);
    assertThat(ExitCode.of(new Invalid("KeyFileInvalid", ""))).isEqualTo(2);
    assertThat(ExitCode.of(new Invalid("KeyFileExists", ""))).isEqualTo(2);
    assertThat(ExitCode.of(new Invalid("VaultNotEncrypted", ""))).isEqualTo(2);
    assertThat(ExitCode.of(new Invalid("PointNotFound", ""))).isEqualTo(1);
    assertThat(ExitCode.of(new Unavailable(""))).isEqualTo(1);
    assertThat(ExitCode.of(new Corrupt(""))).isEqualTo(1);
  }
}
