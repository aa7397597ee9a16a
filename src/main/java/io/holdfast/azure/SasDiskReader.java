package io.holdfast.azure;

import com.azure.core.http.HttpClient;
import com.azure.core.util.Context;
import com.azure.storage.blob.BlobServiceVersion;
import com.azure.storage.blob.models.BlobRange;
import com.azure.storage.blob.models.BlobStorageException;
import com.azure.storage.blob.models.DownloadRetryOptions;
import com.azure.storage.blob.specialized.PageBlobClient;
import com.azure.storage.blob.specialized.SpecializedBlobClientBuilder;
import com.azure.storage.common.policy.RequestRetryOptions;
import com.azure.storage.common.policy.RetryPolicyType;
import io.holdfast.disk.DiskReader;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.Extent;
import io.holdfast.disk.Extents;
import io.holdfast.failure.Invalid;
import io.holdfast.failure.Unavailable;
import java.nio.ByteBuffer;
import java.time.Duration;

/** A snapshot read through its SAS: a page blob of the disk's size and a VHD footer. */
final class SasDiskReader implements DiskReader {
  /** Azure appends it to a disk; no byte of it is the disk's. */
  private static final int FOOTER_BYTES = 512;

  /** Pinned, since the SAS of a managed disk is signed for an old version. */
  private static final BlobServiceVersion VERSION = BlobServiceVersion.V2023_11_03;

  private static final Duration TIMEOUT = Duration.ofSeconds(90);

  /**
   * One read is over by then, whatever its source does; a source that stalls is read again by the
   * next delivery, maybe elsewhere. Snapshots give 60 MiB/s, so that 4 MiB are there in a tenth of
   * a second.
   */
  private static final Duration READ_DEADLINE = Duration.ofSeconds(30);

  /** Connections that may break within one read; the rest of its range is asked for each time. */
  private static final int RESUMPTIONS_MAX = 3;

  /** Tries of one request when the service fails or gives no answer; half a second of waits. */
  private static final int TRIES_MAX = 3;

  private final DiskSnapshot snapshot;
  private final String sas;
  private final PageBlobClient blob;
  private final Runnable accessLost;
  private final SnapshotFailures failures;
  private final Duration readDeadline;
  private final SnapshotLists lists;
  private final long sizeBytes;

  SasDiskReader(DiskSnapshot snapshot, String sas, HttpClient http, Runnable accessLost) {
    this(snapshot, sas, http, accessLost, READ_DEADLINE);
  }

  /**
   * @param accessLost told when the access has ended
   * @param readDeadline of one read
   */
  SasDiskReader(
      DiskSnapshot snapshot,
      String sas,
      HttpClient http,
      Runnable accessLost,
      Duration readDeadline) {
    this.snapshot = snapshot;
    this.sas = sas;
    this.accessLost = accessLost;
    this.readDeadline = readDeadline;
    this.failures = new SnapshotFailures(snapshot.id(), accessLost);
    this.blob =
        new SpecializedBlobClientBuilder()
            .endpoint(sas)
            .httpClient(http)
            .serviceVersion(VERSION)
            .addPolicy(new SourcePolicy("snapshot " + snapshot.id()))
            .retryOptions(
                new RequestRetryOptions(
                    RetryPolicyType.EXPONENTIAL, TRIES_MAX, 60, 200L, 2_000L, null))
            .buildPageBlobClient();
    long blobBytes = blobBytes();
    // A guest state is a blob of its own: all of it is data.
    this.sizeBytes = snapshot.guestState() ? blobBytes : blobBytes - FOOTER_BYTES;
    this.lists = new SnapshotLists(blob, sizeBytes, blobBytes, failures);
  }

  private long blobBytes() {
    long bytes;
    try {
      bytes = blob.getPropertiesWithResponse(null, TIMEOUT, Context.NONE).getValue().getBlobSize();
    } catch (RuntimeException e) {
      if (e instanceof BlobStorageException refused
          && refused.getStatusCode() == SnapshotFailures.FORBIDDEN) {
        throw new Invalid(
            "SnapshotAccessDenied",
            ("snapshot %s was granted for reading, but answers %s: look at its networkAccessPolicy"
                    + " and publicNetworkAccess, and at an Azure Policy that sets them")
                .formatted(snapshot.id(), refused.getErrorCode()));
      }
      throw failures.of(e, "read the size of snapshot");
    }
    long least = snapshot.guestState() ? 0 : FOOTER_BYTES;
    if (bytes <= least || bytes % Extent.PAGE_BYTES != 0) {
      throw new Unavailable(
          "snapshot %s has %d bytes, which is no disk and a footer of %d"
              .formatted(snapshot.id(), bytes, FOOTER_BYTES));
    }
    return bytes;
  }

  @Override
  public long sizeBytes() {
    return sizeBytes;
  }

  @Override
  public long allocated(long offset, long length, Extents into) {
    return lists.allocated(offset, length, into);
  }

  @Override
  public long changed(DiskReader base, long offset, long length, Extents into) throws DiffRefused {
    if (!(base instanceof SasDiskReader earlier)) {
      throw new IllegalArgumentException("not a reader of this kind: " + base.getClass());
    }
    if (snapshot.guestState()) {
      throw new DiffRefused("Azure compares no guest states");
    }
    return lists.changed(earlier.sas, earlier.accessLost, offset, length, into);
  }

  @Override
  public void read(long offset, ByteBuffer target) {
    int wanted = target.remaining();
    String action = "read %d bytes at %d of snapshot".formatted(wanted, offset);
    BodyInto into = new BodyInto(target);
    try {
      blob.downloadStreamWithResponse(
          into,
          new BlobRange(offset, (long) wanted),
          new DownloadRetryOptions().setMaxRetryRequests(RESUMPTIONS_MAX),
          null,
          false,
          readDeadline,
          Context.NONE);
    } catch (RuntimeException e) {
      RuntimeException failure = failures.of(e, action);
      throw failure instanceof Unavailable silent && silent.retryAfter().isEmpty()
          ? new Unavailable(
              "%s; %d bytes had come after at most %d s"
                  .formatted(failure.getMessage(), into.came(), readDeadline.toSeconds()),
              failure)
          : failure;
    } finally {
      into.close();
    }
    if (into.came() != wanted) {
      throw new Unavailable(
          "cannot %s %s: %d bytes came".formatted(action, snapshot.id(), into.came()));
    }
  }

  @Override
  public String toString() {
    return "reader of " + snapshot.id();
  }
}
