package io.holdfast.azure;

import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpHeaders;
import com.azure.core.http.policy.AddHeadersFromContextPolicy;
import com.azure.core.http.rest.PagedResponse;
import com.azure.core.http.rest.Response;
import com.azure.core.util.BinaryData;
import com.azure.core.util.Context;
import com.azure.core.util.DateTimeRfc1123;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.models.AppendBlobItem;
import com.azure.storage.blob.models.AppendBlobRequestConditions;
import com.azure.storage.blob.models.BlobErrorCode;
import com.azure.storage.blob.models.BlobItem;
import com.azure.storage.blob.models.BlobRange;
import com.azure.storage.blob.models.BlobRequestConditions;
import com.azure.storage.blob.models.BlobStorageException;
import com.azure.storage.blob.models.BlockBlobItem;
import com.azure.storage.blob.models.DownloadRetryOptions;
import com.azure.storage.blob.models.ListBlobsOptions;
import com.azure.storage.blob.options.AppendBlobAppendBlockOptions;
import com.azure.storage.blob.options.AppendBlobCreateOptions;
import com.azure.storage.blob.options.BlockBlobSimpleUploadOptions;
import com.azure.storage.blob.specialized.BlockBlobClient;
import io.holdfast.failure.Invalid;
import io.holdfast.failure.Unavailable;
import io.holdfast.vault.BlobStore;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A container of Blob Storage. Each method is one request: a blob is written by one {@code Put
 * Blob} with its CRC64, never by blocks and a block list, which would cost two writes. Only the
 * first block of an append blob takes two, one of which makes the blob.
 *
 * <p>Facts about the service: docs.microsoft.com, "Put Blob" (409 {@code BlobAlreadyExists} under
 * {@code If-None-Match: *}), "Specifying conditional headers for Blob service operations" (412),
 * "Set Blob Metadata" (new ETag and Last-Modified, also when nothing changes), "Append Block" (412
 * {@code AppendPositionConditionNotMet} under {@code x-ms-blob-condition-appendpos}; 4 MiB a block,
 * 100 MiB since version 2022-11-02; 50,000 blocks a blob).
 */
public final class AzureBlobs implements BlobStore {
  /** What a touch writes: some fixed value, since only the write itself counts. */
  private static final Map<String, String> TOUCHED = Map.of("holdfast", "touched");

  /** Whatever the client's own retries are set to, no call keeps a thread longer than this. */
  private static final Duration CALL_MAX = Duration.ofMinutes(4);

  /** A body that stops coming is asked for once more, from where it stopped. */
  private static final int STALLS_MAX = 1;

  private static final HttpHeaderName CONTENT_CRC64 =
      HttpHeaderName.fromString("x-ms-content-crc64");

  private final BlobContainerClient container;
  private final int pageBlobsMax;

  public AzureBlobs(BlobContainerClient container) {
    this(container, PAGE_BLOBS_MAX);
  }

  /** A container whose listings have shorter pages. */
  AzureBlobs(BlobContainerClient container, int pageBlobsMax) {
    this.container = container;
    this.pageBlobsMax = pageBlobsMax;
  }

  @Override
  public PutResult putIfAbsent(String name, ByteBuffer bytes) {
    try {
      Response<BlockBlobItem> response =
          upload(name, bytes, new BlobRequestConditions().setIfNoneMatch("*"));
      return new PutResult(true, serviceTime(response.getHeaders(), name));
    } catch (BlobStorageException e) {
      if (isThere(e)) {
        return new PutResult(false, serviceTime(e.getResponse().getHeaders(), name));
      }
      throw AzureFailures.of(e, "create", describe(name));
    } catch (RuntimeException e) {
      throw AzureFailures.of(e, "create", describe(name));
    }
  }

  @Override
  public void put(String name, byte[] bytes) {
    try {
      Response<BlockBlobItem> unused =
          upload(name, ByteBuffer.wrap(bytes), new BlobRequestConditions());
    } catch (RuntimeException e) {
      throw AzureFailures.of(e, "write", describe(name));
    }
  }

  @Override
  public boolean putIfMatch(String name, byte[] bytes, String etag) {
    try {
      Response<BlockBlobItem> unused =
          upload(name, ByteBuffer.wrap(bytes), new BlobRequestConditions().setIfMatch(etag));
      return true;
    } catch (BlobStorageException e) {
      if (e.getStatusCode() == 412 || isBlobMissing(e)) {
        return false;
      }
      throw AzureFailures.of(e, "replace", describe(name));
    } catch (RuntimeException e) {
      throw AzureFailures.of(e, "replace", describe(name));
    }
  }

  private Response<BlockBlobItem> upload(
      String name, ByteBuffer bytes, BlobRequestConditions conditions) {
    return blob(name)
        .uploadWithResponse(
            new BlockBlobSimpleUploadOptions(BinaryData.fromByteBuffer(bytes.duplicate()))
                .setRequestConditions(conditions),
            CALL_MAX,
            checkedBy(Crc64.header(bytes)));
  }

  /**
   * Has the service refuse a body that is not what was sent. The SDK's own setting for it would
   * copy the body to the heap, and wrap one of 4 MiB into a format that Azurite does not know.
   */
  private static Context checkedBy(String crc64) {
    return new Context(
        AddHeadersFromContextPolicy.AZURE_REQUEST_HTTP_HEADERS_KEY,
        new HttpHeaders().set(CONTENT_CRC64, crc64));
  }

  @Override
  public Optional<Blob> get(String name) {
    try {
      var response = blob(name).downloadContentWithResponse(null, null, CALL_MAX, Context.NONE);
      return Optional.of(
          new Blob(
              response.getValue().toBytes(),
              quoted(response.getHeaders().getValue(HttpHeaderName.ETAG))));
    } catch (BlobStorageException e) {
      if (isBlobMissing(e)) {
        return Optional.empty();
      }
      throw AzureFailures.of(e, "read", describe(name));
    } catch (RuntimeException e) {
      throw AzureFailures.of(e, "read", describe(name));
    }
  }

  @Override
  public long read(String name, ByteBuffer into) {
    try (BodyInto target = new BodyInto(into)) {
      // One byte more than there is room for shows that the blob is too long, at no greater cost.
      var unused =
          blob(name)
              .downloadStreamWithResponse(
                  target,
                  new BlobRange(0, into.remaining() + 1L),
                  new DownloadRetryOptions().setMaxRetryRequests(STALLS_MAX),
                  null,
                  false,
                  CALL_MAX,
                  Context.NONE);
      return target.came();
    } catch (BlobStorageException e) {
      if (isBlobMissing(e)) {
        return ABSENT;
      }
      if (e.getStatusCode() == 416) {
        return 0; // An empty blob has no range.
      }
      throw AzureFailures.of(e, "read", describe(name));
    } catch (RuntimeException e) {
      throw AzureFailures.of(e, "read", describe(name));
    }
  }

  @Override
  public long readFrom(String name, long offset, ByteBuffer into) {
    if (!into.hasRemaining()) {
      throw new IllegalArgumentException("no room to read into");
    }
    try (BodyInto target = new BodyInto(into)) {
      var unused =
          blob(name)
              .downloadStreamWithResponse(
                  target,
                  new BlobRange(offset, (long) into.remaining()),
                  new DownloadRetryOptions().setMaxRetryRequests(STALLS_MAX),
                  null,
                  false,
                  CALL_MAX,
                  Context.NONE);
      return target.came();
    } catch (BlobStorageException e) {
      if (isBlobMissing(e)) {
        return ABSENT;
      }
      if (e.getStatusCode() == 416) {
        return 0;
      }
      throw AzureFailures.of(e, "read", describe(name));
    } catch (RuntimeException e) {
      throw AzureFailures.of(e, "read", describe(name));
    }
  }

  @Override
  public boolean append(String name, byte[] bytes, long expectedLength) {
    try {
      if (expectedLength == 0) {
        createToAppend(name);
      }
      Response<AppendBlobItem> unused =
          container
              .getBlobClient(name)
              .getAppendBlobClient()
              .appendBlockWithResponse(
                  new AppendBlobAppendBlockOptions(BinaryData.fromBytes(bytes))
                      .setRequestConditions(
                          new AppendBlobRequestConditions().setAppendPosition(expectedLength)),
                  CALL_MAX,
                  checkedBy(Crc64.header(ByteBuffer.wrap(bytes))));
      return true;
    } catch (BlobStorageException e) {
      if (e.getStatusCode() == 412 || isBlobMissing(e)) {
        return false;
      }
      if (BlobErrorCode.INVALID_BLOB_TYPE.equals(e.getErrorCode())) {
        throw new Invalid(
            "InvalidBlobType",
            ("cannot append to %s: it is no append blob; if it was copied here, copy it again as one"
                    + " (azcopy copy --blob-type AppendBlob)")
                .formatted(describe(name)),
            e);
      }
      if (BlobErrorCode.BLOB_IMMUTABLE_DUE_TO_POLICY.equals(e.getErrorCode())) {
        throw new Invalid(
            "BlobImmutableDueToPolicy",
            ("cannot append to %s: the container's immutability policy forbids it; let the policy"
                    + " allow protected append writes")
                .formatted(describe(name)),
            e);
      }
      throw AzureFailures.of(e, "append to", describe(name));
    } catch (RuntimeException e) {
      throw AzureFailures.of(e, "append to", describe(name));
    }
  }

  /** Makes an empty append blob unless there is a blob of that name. */
  private void createToAppend(String name) {
    BlobRequestConditions ifNone = new BlobRequestConditions();
    try {
      Response<AppendBlobItem> unused =
          container
              .getBlobClient(name)
              .getAppendBlobClient()
              .createWithResponse(
                  new AppendBlobCreateOptions().setRequestConditions(ifNone.setIfNoneMatch("*")),
                  CALL_MAX,
                  Context.NONE);
    } catch (BlobStorageException e) {
      if (!isThere(e)) {
        throw e;
      }
    }
  }

  @Override
  public boolean exists(String name) {
    try {
      return blob(name).existsWithResponse(CALL_MAX, Context.NONE).getValue();
    } catch (RuntimeException e) {
      throw AzureFailures.of(e, "look for", describe(name));
    }
  }

  @Override
  public Touch touch(String name, Instant unmodifiedSince) {
    BlobRequestConditions conditions = new BlobRequestConditions();
    if (!unmodifiedSince.equals(WHATEVER_ITS_AGE)) {
      conditions.setIfUnmodifiedSince(
          unmodifiedSince.truncatedTo(ChronoUnit.SECONDS).atOffset(ZoneOffset.UTC));
    }
    try {
      Response<Void> unused =
          blob(name).setMetadataWithResponse(TOUCHED, conditions, CALL_MAX, Context.NONE);
      return Touch.TOUCHED;
    } catch (BlobStorageException e) {
      if (e.getStatusCode() == 412) {
        return Touch.YOUNG;
      }
      if (isBlobMissing(e)) {
        return Touch.ABSENT;
      }
      throw AzureFailures.of(e, "touch", describe(name));
    } catch (RuntimeException e) {
      throw AzureFailures.of(e, "touch", describe(name));
    }
  }

  @Override
  public Page list(String prefix, Optional<String> next) {
    try {
      ListBlobsOptions options =
          new ListBlobsOptions().setPrefix(prefix).setMaxResultsPerPage(pageBlobsMax);
      Iterator<PagedResponse<BlobItem>> pages =
          container.listBlobs(options, next.orElse(null), CALL_MAX).iterableByPage().iterator();
      if (!pages.hasNext()) {
        return new Page(List.of(), Optional.empty());
      }
      PagedResponse<BlobItem> page = pages.next();
      List<Listed> blobs = new ArrayList<>(page.getValue().size());
      for (BlobItem item : page.getValue()) {
        blobs.add(listed(item));
      }
      return new Page(
          blobs, Optional.ofNullable(page.getContinuationToken()).filter(t -> !t.isEmpty()));
    } catch (RuntimeException e) {
      throw AzureFailures.of(e, "list", describe(prefix + "*"));
    }
  }

  private static Listed listed(BlobItem item) {
    return new Listed(
        item.getName(),
        item.getProperties().getContentLength(),
        quoted(item.getProperties().getETag()),
        item.getProperties().getLastModified().toInstant());
  }

  private BlockBlobClient blob(String name) {
    return container.getBlobClient(name).getBlockBlobClient();
  }

  private String describe(String name) {
    return "blob %s of container %s".formatted(name, container.getBlobContainerName());
  }

  private static boolean isThere(BlobStorageException e) {
    return e.getStatusCode() == 412
        || (e.getStatusCode() == 409
            && (BlobErrorCode.BLOB_ALREADY_EXISTS.equals(e.getErrorCode())
                || BlobErrorCode.BLOB_IMMUTABLE_DUE_TO_POLICY.equals(e.getErrorCode())));
  }

  /** A 404 of the container is a fault of the settings, not the absence of a blob. */
  private static boolean isBlobMissing(BlobStorageException e) {
    return e.getStatusCode() == 404 && BlobErrorCode.BLOB_NOT_FOUND.equals(e.getErrorCode());
  }

  /** Rule 5 counts by the service's clock: an answer without one cannot be used. */
  private static Instant serviceTime(HttpHeaders headers, String name) {
    String date = headers.getValue(HttpHeaderName.DATE);
    if (date == null) {
      throw new Unavailable("the answer about blob %s has no Date header".formatted(name));
    }
    return new DateTimeRfc1123(date).getDateTime().toInstant();
  }

  /** Listings give ETags without their quotes, headers with them. */
  private static String quoted(String etag) {
    return etag.startsWith("\"") ? etag : "\"" + etag + "\"";
  }
}
