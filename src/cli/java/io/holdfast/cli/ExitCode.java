package io.holdfast.cli;

import io.holdfast.azure.AzureFailures;
import io.holdfast.failure.Corrupt;
import io.holdfast.failure.Failure;
import io.holdfast.failure.Invalid;
import io.holdfast.failure.Unavailable;

/** What the program ends with. Scripts rely on the numbers; one that is not here means failure. */
final class ExitCode {
  static final int OK = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;

  /** The work was done, but something in it deserves a look. */
  static final int WARNINGS = 3;

  static final int VAULT_NOT_FOUND = 10;
  static final int LOCKED = 11;
  static final int NO_ACCESS = 12;

  private ExitCode() {}

  static int of(Failure failure) {
    if (failure instanceof Invalid invalid) {
      return switch (invalid.code()) {
        case "VaultNotFound", "ContainerNotFound" -> VAULT_NOT_FOUND;
        case "VaultOwned", "VaultLocked", "OutputInUse" -> LOCKED;
        case AzureFailures.ACCESS_DENIED, "VaultKeysMissing" -> NO_ACCESS;
        case "KeyFileExposed" -> NO_ACCESS;
        case "VaultUrlInvalid", "KeyFileInvalid", "KeyFileExists", "VaultNotEncrypted" -> USAGE;
        default -> FAILED;
      };
    }
    if (failure instanceof Unavailable || failure instanceof Corrupt) {
      return FAILED;
    }
    throw new IllegalStateException("a failure of a new kind", failure);
  }
}
