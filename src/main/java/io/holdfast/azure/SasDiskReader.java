package io.holdfast.azure;

import com.azure.core.http.HttpClient;
import com.azure.core.http.rest.PagedIterable;
import com.azure.core.util.Context;
import com.azure.storage.blob.BlobServiceVersion;
import com.azure.storage.blob.models.BlobRange;
import com.azure.storage.blob.models.BlobStorageException;
import com.azure.storage.blob.models.ClearRange;
import com.azure.storage.blob.models.DownloadRetryOptions;
import com.azure.storage.blob.models.PageList;
import com.azure.storage.blob.models.PageRange;
import com.azure.storage.blob.models.PageRangeItem;
import com.azure.storage.blob.options.ListPageRangesOptions;
import com.azure.storage.blob.specialized.PageBlobClient;
import com.azure.storage.blob.specialized.SpecializedBlobClientBuilder;
import com.azure.storage.common.policy.RequestRetryOptions;
import com.azure.storage.common.policy.RetryPolicyType;
import io.holdfast.disk.DiskReader;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.Extent;
import io.holdfast.failure.Invalid;
import io.holdfast.failure.Unavailable;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** A snapshot read through its SAS: a page blob of the disk's size and a VHD footer. */
final class SasDiskReader implements DiskReader {
  /** Azure appends it to a disk; no byte of it is the disk's. */
  private static final int FOOTER_BYTES = 512;

  /** Most elements of one answer; an answer of exactly this many may have been cut off. */
  private static final int ELEMENTS_MAX = 10_000;

  /**
   * A diff is asked for in windows of at most this many bytes: the SDK drops the mark of a further
   * page silently, and the service may take long over a fragmented disk.
   */
  private static final long WINDOW_BYTES_MAX = 16L << 30;

  /** Pinned, since the SAS of a managed disk is signed for an old version. */
  private static final BlobServiceVersion VERSION = BlobServiceVersion.V2023_11_03;

  private static final Duration TIMEOUT = Duration.ofSeconds(90);

  /** What the service says to a SAS that was revoked or has ended. */
  private static final int FORBIDDEN = 403;

  private final DiskSnapshot snapshot;
  private final String sas;
  private final PageBlobClient blob;
  private final Runnable accessLost;
  private final long sizeBytes;

  SasDiskReader(DiskSnapshot snapshot, String sas, HttpClient http, Runnable accessLost) {
    this.snapshot = snapshot;
    this.sas = sas;
    this.accessLost = accessLost;
    this.blob =
        new SpecializedBlobClientBuilder()
            .endpoint(sas)
            .httpClient(http)
            .serviceVersion(VERSION)
            .retryOptions(
                new RequestRetryOptions(RetryPolicyType.EXPONENTIAL, 3, 60, 200L, 2_000L, null))
            .buildPageBlobClient();
    long blobBytes;
    try {
      blobBytes =
          blob.getPropertiesWithResponse(null, TIMEOUT, Context.NONE).getValue().getBlobSize();
    } catch (RuntimeException e) {
      if (e instanceof BlobStorageException refused && refused.getStatusCode() == FORBIDDEN) {
        throw new Invalid(
            "SnapshotAccessDenied",
            ("snapshot %s was granted for reading, but answers %s: look at its networkAccessPolicy"
                    + " and publicNetworkAccess, and at an Azure Policy that sets them")
                .formatted(snapshot.id(), refused.getErrorCode()));
      }
      throw failure(e, "read the size of snapshot");
    }
    this.sizeBytes = blobBytes - FOOTER_BYTES;
  }

  @Override
  public long sizeBytes() {
    return sizeBytes;
  }

  @Override
  public List<Extent> allocated(long offset, long length) {
    List<Extent> extents = new ArrayList<>();
    try {
      PagedIterable<PageRangeItem> ranges =
          blob.listPageRanges(
              new ListPageRangesOptions(new BlobRange(offset, length))
                  .setMaxResultsPerPage(ELEMENTS_MAX),
              TIMEOUT,
              Context.NONE);
      for (PageRangeItem item : ranges) {
        if (!item.isClear()) {
          extents.add(new Extent(item.getRange().getOffset(), item.getRange().getLength(), false));
        }
      }
    } catch (RuntimeException e) {
      throw failure(e, "list the allocated ranges of snapshot");
    }
    return checked(extents, offset, length);
  }

  @Override
  public List<Extent> changed(DiskReader base, long offset, long length) throws DiffRefused {
    if (!(base instanceof SasDiskReader earlier)) {
      throw new IllegalArgumentException("not a reader of this kind: " + base.getClass());
    }
    List<Extent> extents = new ArrayList<>();
    for (long at = offset; at < offset + length; at += WINDOW_BYTES_MAX) {
      changed(earlier, at, Math.min(WINDOW_BYTES_MAX, offset + length - at), extents);
    }
    return checked(extents, offset, length);
  }

  /** Asks for one window; an answer that may have been cut off is asked for again in halves. */
  private void changed(SasDiskReader base, long offset, long length, List<Extent> extents)
      throws DiffRefused {
    PageList list;
    try {
      list =
          blob.getManagedDiskPageRangesDiffWithResponse(
                  new BlobRange(offset, length), base.sas, null, TIMEOUT, Context.NONE)
              .getValue();
    } catch (BlobStorageException e) {
      int status = e.getStatusCode();
      if (status == 400 || status == 404 || status == 409) {
        // Azure may say "not found" of a base whose access has ended: the next try has a fresh one.
        base.accessLost.run();
        throw new DiffRefused(
            "the service will not compare it with the base's snapshot (%s, HTTP %d)"
                .formatted(e.getErrorCode(), status));
      }
      if (status == FORBIDDEN) {
        // Which of the two accesses has ended is not said.
        base.accessLost.run();
      }
      throw failure(e, "list the changed ranges of snapshot");
    } catch (RuntimeException e) {
      throw failure(e, "list the changed ranges of snapshot");
    }
    if (list.getPageRange().size() + list.getClearRange().size() >= ELEMENTS_MAX) {
      long half = length / 2 / Extent.PAGE_BYTES * Extent.PAGE_BYTES;
      if (half == 0) {
        throw new IllegalStateException(
            "a window of one page has %d ranges".formatted(ELEMENTS_MAX));
      }
      changed(base, offset, half, extents);
      changed(base, offset + half, length - half, extents);
      return;
    }
    List<Extent> window = new ArrayList<>();
    for (PageRange range : list.getPageRange()) {
      window.add(extent(range.getStart(), range.getEnd(), false));
    }
    for (ClearRange range : list.getClearRange()) {
      window.add(extent(range.getStart(), range.getEnd(), true));
    }
    window.sort(Comparator.comparingLong(Extent::offset));
    extents.addAll(Extent.clipped(window, offset, offset + length));
  }

  /**
   * @param last last byte, inclusive, as the service has it
   */
  private static Extent extent(long first, long last, boolean clear) {
    return new Extent(first, last - first + 1, clear);
  }

  /** The footer may show up behind the disk's end: it is cut off, then the rest is asserted. */
  private List<Extent> checked(List<Extent> extents, long offset, long length) {
    long end = Math.min(offset + length, sizeBytes);
    return Extent.checked(Extent.clipped(extents, offset, Math.max(end, offset)), offset, end);
  }

  @Override
  public void read(long offset, ByteBuffer target) {
    int length = target.remaining();
    try {
      blob.downloadStreamWithResponse(
          new Into(target),
          new BlobRange(offset, (long) length),
          new DownloadRetryOptions().setMaxRetryRequests(3),
          null,
          false,
          TIMEOUT,
          Context.NONE);
    } catch (RuntimeException e) {
      throw failure(e, "read %d bytes at %d of snapshot".formatted(length, offset));
    }
    if (target.hasRemaining()) {
      throw new Unavailable(
          "snapshot %s gave %d bytes at %d, not %d"
              .formatted(snapshot.id(), length - target.remaining(), offset, length));
    }
  }

  private RuntimeException failure(RuntimeException e, String action) {
    if (e instanceof BlobStorageException refused && refused.getStatusCode() == FORBIDDEN) {
      accessLost.run();
      return new Unavailable(
          "%s %s: the access has ended; it is asked for again".formatted(action, snapshot.id()),
          Duration.ofSeconds(1),
          null);
    }
    return AzureFailures.of(e, action, snapshot.id());
  }

  /** Fills a buffer that exists already. */
  private static final class Into extends OutputStream {
    private final ByteBuffer target;

    private Into(ByteBuffer target) {
      this.target = target;
    }

    @Override
    public void write(int b) {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int count) {
      if (count > target.remaining()) {
        throw new IllegalStateException("more bytes came than were asked for");
      }
      target.put(bytes, from, count);
    }
  }

  @Override
  public String toString() {
    return "reader of " + snapshot.id();
  }
}
