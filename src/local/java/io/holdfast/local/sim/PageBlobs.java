package io.holdfast.local.sim;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpFields;

/** The page-blob REST behind access URLs. A blob is the disk's bytes and a VHD footer of 512. */
final class PageBlobs {
  /** Ranges of one page of a list, page and clear together (Get Page Ranges). */
  static final int RANGES_MAX = 10_000;

  private static final int PUT_BYTES_MAX = 4 << 20;
  private static final int BUFFER_BYTES = 1 << 20;
  private static final String PREVIOUS_URL = "x-ms-previous-snapshot-url";
  private static final String PAGING_SINCE = "2020-10-02";
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d{1,18})-(\\d{0,18})");
  private static final ThreadLocal<ByteBuffer> BUFFER =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(BUFFER_BYTES));

  private final Store store;
  private final Operations operations;
  private final Grants grants;
  private final DiskFiles files;

  PageBlobs(Store store, Operations operations, Grants grants, DiskFiles files) {
    this.store = store;
    this.operations = operations;
    this.grants = grants;
    this.files = files;
  }

  void routes(Router router) {
    for (String method : new String[] {"GET", "HEAD", "PUT"}) {
      router.onUnlocked(method, "/{account}/{container}/{blob}", "Blob", this::handle);
    }
  }

  /** The operation id of Azure's specification. */
  static String operation(String method, String comp, HttpFields headers) {
    String what = comp == null ? "" : comp;
    if (method.equals("GET") && what.equals("pagelist")) {
      return headers.contains(PREVIOUS_URL)
          ? "PageBlob_GetPageRangesDiff"
          : "PageBlob_GetPageRanges";
    }
    if (method.equals("PUT") && what.equals("page")) {
      return "clear".equalsIgnoreCase(headers.get("x-ms-page-write"))
          ? "PageBlob_ClearPages"
          : "PageBlob_UploadPages";
    }
    return method.equals("HEAD") ? "Blob_GetProperties" : "Blob_Download";
  }

  private Reply handle(Call call) {
    try {
      return withCommonHeaders(call, answer(call));
    } catch (Refusal refusal) {
      return withCommonHeaders(call, Reply.blobError(refusal));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Reply answer(Call call) throws IOException {
    if (!call.path().startsWith("/md-")) {
      throw new Refusal(404, "ResourceNotFound", "The specified resource does not exist.");
    }
    Grants.Grant grant = authorise(call.path(), name -> call.query(name));
    Image image = image(grant);
    String comp = call.query("comp").orElse("");
    return switch (call.method()) {
      case "PUT" -> {
        if (!comp.equals("page")) {
          throw unsupported(call, comp);
        }
        yield put(call, grant, image);
      }
      case "HEAD" -> blob(call, grant, image, 0, image.size() + VhdFooter.BYTES, 200);
      default -> {
        if (comp.equals("pagelist")) {
          yield list(call, grant, image);
        }
        if (!comp.isEmpty()) {
          throw unsupported(call, comp);
        }
        yield download(call, grant, image);
      }
    };
  }

  private static Refusal unsupported(Call call, String comp) {
    return new Refusal(
        400,
        "UnsupportedQueryParameter",
        "%s with comp='%s' is not supported on managed disks.".formatted(call.method(), comp));
  }

  private interface Parameters {
    Optional<String> get(String name);
  }

  /** The grant that a URL proves, or 403: unknown, revoked, expired and forged look the same. */
  private Grants.Grant authorise(String path, Parameters parameters) {
    if (!store.isEmpty("operations")) {
      store.locked(
          () -> {
            operations.settleDue();
            return null;
          });
    }
    String account = path.split("/", 3)[1];
    Optional<Grants.Grant> found = grants.byAccount(account);
    boolean good =
        found.isPresent()
            && found.get().path().equals(path)
            && found.get().signedBy(parameters.get("sig").orElse(""))
            && found.get().policy().equals(parameters.get("si").orElse(""))
            && found.get().snapshot().equals(parameters.get("snapshot").orElse(""))
            && !grants.isExpired(found.get());
    if (!good) {
      throw new Refusal(
          403,
          "AuthenticationFailed",
          "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.");
    }
    return found.get();
  }

  private Image image(Grants.Grant grant) {
    return grant.copyId().isEmpty()
        ? files.live(grant.target().name(), grant.size() + (grant.write() ? VhdFooter.BYTES : 0))
        : files.copy(grant.copyId(), grant.size());
  }

  /** Bytes that the URL shows: an upload's file has room for the footer already. */
  private static long blobBytes(Grants.Grant grant) {
    return grant.size() + VhdFooter.BYTES;
  }

  private Reply download(Call call, Grants.Grant grant, Image image) {
    Optional<long[]> range = range(call, blobBytes(grant));
    if (range.isEmpty()) {
      return blob(call, grant, image, 0, blobBytes(grant), 200);
    }
    long from = range.get()[0];
    long to = range.get()[1];
    return blob(call, grant, image, from, to, 206)
        .with("Content-Range", "bytes %d-%d/%d".formatted(from, to - 1, blobBytes(grant)));
  }

  private Reply blob(Call call, Grants.Grant grant, Image image, long from, long to, int status) {
    String etag = etag(grant);
    Optional<String> ifMatch = call.header("If-Match");
    if (ifMatch.isPresent() && !ifMatch.get().equals("*") && !ifMatch.get().equals(etag)) {
      throw new Refusal(
          412,
          "ConditionNotMet",
          "The condition specified using HTTP conditional header(s) is not met.");
    }
    long end = call.method().equals("HEAD") ? blobBytes(grant) : to;
    Reply reply =
        new Reply(status, Map.of(), end - from, sink -> stream(grant, image, from, end, sink));
    return withBlobHeaders(reply, grant)
        .with("Content-Type", "application/octet-stream")
        .with("Accept-Ranges", "bytes")
        .with("x-ms-blob-type", "PageBlob")
        .with("x-ms-blob-sequence-number", "0")
        .with("x-ms-lease-state", "available")
        .with("x-ms-lease-status", "unlocked")
        .with("x-ms-server-encrypted", "true");
  }

  private static void stream(Grants.Grant grant, Image image, long from, long to, Reply.Sink sink)
      throws IOException {
    ByteBuffer buffer = BUFFER.get();
    long at = from;
    try (Image.Reader reader = image.open()) {
      while (at < Math.min(to, image.size())) {
        buffer.clear().limit((int) Math.min(BUFFER_BYTES, Math.min(to, image.size()) - at));
        int length = buffer.limit();
        reader.read(buffer, at);
        sink.write(buffer.flip());
        at += length;
      }
    }
    if (at < to) {
      UUID id = UUID.nameUUIDFromBytes(grant.account().getBytes(StandardCharsets.UTF_8));
      ByteBuffer footer = VhdFooter.of(grant.size(), id);
      sink.write(footer.slice((int) (at - image.size()), (int) (to - at)));
    }
  }

  private Reply list(Call call, Grants.Grant grant, Image image) throws IOException {
    long size = grant.size();
    long[] window = range(call, blobBytes(grant)).orElse(new long[] {0, size});
    long from = Math.max(window[0] / 512 * 512, marker(call));
    long to = Math.min(size, (window[1] + 511) / 512 * 512);
    boolean paged = call.header("x-ms-version").orElse("").compareTo(PAGING_SINCE) >= 0;
    RangeList list = new RangeList(paged ? maxResults(call) : Integer.MAX_VALUE);
    Optional<String> previous = call.header(PREVIOUS_URL);
    if (previous.isPresent()) {
      PageRanges.diff(image, previous(grant, previous.get()), from, to, list);
    } else {
      PageRanges.allocated(image, from, to, list);
    }
    return withBlobHeaders(Reply.xml(200, list.xml()), grant)
        .with("x-ms-blob-content-length", Long.toString(blobBytes(grant)));
  }

  private static int maxResults(Call call) {
    String text = call.query("maxresults").orElse(Integer.toString(RANGES_MAX));
    if (!text.matches("[1-9]\\d{0,8}")) {
      throw new Refusal(
          400,
          "OutOfRangeQueryParameterValue",
          "maxresults '" + Reply.escape(text) + "' is not a positive number.");
    }
    return Math.min(RANGES_MAX, Integer.parseInt(text));
  }

  private static long marker(Call call) {
    String text = call.query("marker").orElse("");
    if (text.isEmpty()) {
      return 0;
    }
    if (!text.matches("2![0-9a-f]{1,15}")) {
      throw new Refusal(400, "InvalidQueryParameterValue", "The marker is not one of ours.");
    }
    return Long.parseLong(text.substring(2), 16);
  }

  /** Ranges until the page is full; full pages name where the next one begins. */
  private static final class RangeList implements PageRanges.Sink {
    private final StringBuilder body = new StringBuilder();
    private final int max;
    private int count;
    private String next = "";

    RangeList(int max) {
      this.max = max;
    }

    @Override
    public boolean range(boolean clear, long start, long end) {
      if (count == max) {
        next = "2!" + Long.toHexString(start);
        return false;
      }
      String name = clear ? "ClearRange" : "PageRange";
      body.append('<').append(name).append("><Start>").append(start).append("</Start><End>");
      body.append(end - 1).append("</End></").append(name).append('>');
      count++;
      return true;
    }

    String xml() {
      return "<?xml version=\"1.0\" encoding=\"utf-8\"?><PageList>"
          + body
          + (next.isEmpty() ? "<NextMarker/>" : "<NextMarker>" + next + "</NextMarker>")
          + "</PageList>";
    }
  }

  private Image previous(Grants.Grant grant, String url) {
    Grants.Grant base = previousGrant(url);
    if (grant.copyId().isEmpty() || base.copyId().isEmpty()) {
      throw new Refusal(
          409,
          "PreviousSnapshotOperationNotSupported",
          "Differential Get Page Ranges is not supported on the previous snapshot.");
    }
    if (!base.family().equals(grant.family())
        || (base.size() > 4L << 40) != (grant.size() > 4L << 40)) {
      throw new Refusal(
          409,
          "PreviousSnapshotOperationNotSupported",
          "Differential Get Page Ranges is not supported on the previous snapshot: it is of another family or on the other side of 4 TiB.");
    }
    if (base.snapshot().compareTo(grant.snapshot()) > 0) {
      throw new Refusal(
          400,
          "PreviousSnapshotCannotBeNewer",
          "The previous snapshot cannot be newer than the snapshot.");
    }
    return image(base);
  }

  private Grants.Grant previousGrant(String url) {
    URI uri;
    try {
      uri = URI.create(url);
    } catch (IllegalArgumentException e) {
      throw invalidPrevious();
    }
    if (uri.getPath() == null || !uri.getPath().startsWith("/md-") || uri.getRawQuery() == null) {
      throw invalidPrevious();
    }
    Map<String, String> parameters = new HashMap<>();
    for (String pair : uri.getRawQuery().split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        parameters.put(
            pair.substring(0, equals),
            URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
      }
    }
    try {
      return authorise(uri.getPath(), name -> Optional.ofNullable(parameters.get(name)));
    } catch (Refusal refusal) {
      throw new Refusal(409, "PreviousSnapshotNotFound", "The previous snapshot is not found.");
    }
  }

  private static Refusal invalidPrevious() {
    return new Refusal(
        400, "InvalidHeaderValue", "The value of " + PREVIOUS_URL + " is no access URL.");
  }

  private Reply put(Call call, Grants.Grant grant, Image image) throws IOException {
    if (!grant.write()) {
      throw new Refusal(
          403,
          "AuthorizationPermissionMismatch",
          "This request is not authorized to perform this operation using this permission.");
    }
    long[] range =
        range(call, blobBytes(grant))
            .orElseThrow(
                () -> new Refusal(400, "MissingRequiredHeader", "Range or x-ms-range is missing."));
    long length = range[1] - range[0];
    boolean clear = "clear".equalsIgnoreCase(call.header("x-ms-page-write").orElse(""));
    if (range[0] % 512 != 0 || length % 512 != 0) {
      throw new Refusal(
          416, "InvalidPageRange", "The page range specified is invalid: it is not 512-aligned.");
    }
    if (!clear && (length > PUT_BYTES_MAX || length != call.body().length)) {
      throw new Refusal(
          length > PUT_BYTES_MAX ? 413 : 400,
          length > PUT_BYTES_MAX ? "RequestBodyTooLarge" : "InvalidHeaderValue",
          "The page range has %d bytes, the body %d, and at most %d are allowed."
              .formatted(length, call.body().length, PUT_BYTES_MAX));
    }
    if (clear) {
      clear(image, range[0], range[1]);
    } else {
      image.write(ByteBuffer.wrap(call.body()), range[0]);
    }
    return withBlobHeaders(Reply.empty(201), grant).with("x-ms-blob-sequence-number", "0");
  }

  private static void clear(Image image, long from, long to) throws IOException {
    ByteBuffer zeros = ByteBuffer.allocate(BUFFER_BYTES);
    for (long at = from; at < to; at += BUFFER_BYTES) {
      image.write(zeros.clear().limit((int) Math.min(BUFFER_BYTES, to - at)), at);
    }
  }

  /** The range that a request names, end exclusive and cut at the blob's end. */
  private static Optional<long[]> range(Call call, long size) {
    Optional<String> text = call.header("x-ms-range").or(() -> call.header("Range"));
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Matcher matcher = RANGE.matcher(text.get());
    long from = matcher.matches() ? Long.parseLong(matcher.group(1)) : size;
    long to =
        !matcher.matches() || matcher.group(2).isEmpty()
            ? size
            : Math.min(size, Long.parseLong(matcher.group(2)) + 1);
    if (from >= to) {
      throw new Refusal(416, "InvalidRange", "The range specified is invalid for the blob.");
    }
    return Optional.of(new long[] {from, to});
  }

  private static String etag(Grants.Grant grant) {
    String of = grant.copyId().isEmpty() ? grant.account() : grant.copyId();
    return "\"0x8D%012X\"".formatted(of.hashCode() & 0xffffffffL);
  }

  private static Reply withBlobHeaders(Reply reply, Grants.Grant grant) {
    return reply.with("ETag", etag(grant)).with("Last-Modified", "Mon, 02 Nov 2026 00:00:00 GMT");
  }

  private static Reply withCommonHeaders(Call call, Reply reply) {
    Reply answer =
        reply
            .with("x-ms-request-id", UUID.randomUUID().toString())
            .with("x-ms-version", call.header("x-ms-version").orElse("2018-11-09"))
            .with(
                "Date",
                DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC)));
    Optional<String> clientId = call.header("x-ms-client-request-id");
    return clientId.isPresent()
        ? answer.with("x-ms-client-request-id", clientId.get().toLowerCase(Locale.ROOT))
        : answer;
  }
}
