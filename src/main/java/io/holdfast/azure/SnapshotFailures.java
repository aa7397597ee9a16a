package io.holdfast.azure;

import com.azure.storage.blob.models.BlobStorageException;
import io.holdfast.disk.CheckedExtents.Malformed;
import io.holdfast.failure.Unavailable;
import java.time.Duration;

/** What goes wrong with the blob of one snapshot, as failures that name it. */
final class SnapshotFailures {
  /** What the service says to a SAS that was revoked or has ended. */
  static final int FORBIDDEN = 403;

  private final String snapshotId;
  private final Runnable accessLost;

  /**
   * @param accessLost told when the access has ended
   */
  SnapshotFailures(String snapshotId, Runnable accessLost) {
    this.snapshotId = snapshotId;
    this.accessLost = accessLost;
  }

  /**
   * The failure that stands for an exception of the SDK.
   *
   * @param action a verb and what it acts on: "read the size of snapshot"
   */
  RuntimeException of(RuntimeException e, String action) {
    if (e instanceof BlobStorageException refused && refused.getStatusCode() == FORBIDDEN) {
      accessLost.run();
      return new Unavailable(
          "cannot %s %s: the access has ended; it is asked for again".formatted(action, snapshotId),
          Duration.ofSeconds(1),
          null);
    }
    return AzureFailures.of(e, action, snapshotId);
  }

  /** A list that breaks its rule: the next answer may be sound. */
  Unavailable malformed(Malformed e) {
    return new Unavailable("%s: %s".formatted(this, e.getMessage()), e);
  }

  @Override
  public String toString() {
    return "snapshot " + snapshotId;
  }
}
