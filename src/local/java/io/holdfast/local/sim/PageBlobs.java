package io.holdfast.local.sim;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpFields;

/** The page-blob REST behind access URLs. A blob is the disk's bytes and a VHD footer of 512. */
final class PageBlobs {
  private static final int PUT_BYTES_MAX = 4 << 20;
  private static final int BUFFER_BYTES = 1 << 20;
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d{1,18})-(\\d{0,18})");
  private static final ByteBuffer ZEROS =
      ByteBuffer.allocateDirect(BUFFER_BYTES).asReadOnlyBuffer();
  private static final ThreadLocal<ByteBuffer> BUFFER =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(BUFFER_BYTES));

  private final AccessUrls urls;
  private final DiskFiles files;
  private final PageLists lists;

  PageBlobs(AccessUrls urls, DiskFiles files) {
    this.urls = urls;
    this.files = files;
    this.lists = new PageLists(urls, this::image);
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
      return headers.contains(AccessUrls.PREVIOUS_URL)
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
    Grants.Grant grant = urls.authorise(call.path(), name -> call.query(name));
    String token = call.header("Authorization").orElse("");
    if (grant.entra() && !token.startsWith("Bearer ")) {
      throw new Refusal(
          403,
          "AuthenticationFailed",
          "Server failed to authenticate the request: the disk's dataAccessAuthMode is AzureActiveDirectory, which needs a bearer token besides the signature.");
    }
    Image image = image(grant);
    String comp = call.query("comp").orElse("");
    return switch (call.method()) {
      case "PUT" -> {
        if (!comp.equals("page")) {
          throw unsupported(call, comp);
        }
        yield put(call, grant, image);
      }
      case "HEAD" -> blob(call, grant, image, 0, blobBytes(grant), 200);
      default -> {
        if (comp.equals("pagelist")) {
          yield lists.list(call, grant);
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

  private Image image(Grants.Grant grant) {
    if (grant.isGuestState()) {
      Path file =
          grant.copyId().isEmpty()
              ? files.guestState(grant.target().name())
              : files.guestStateCopy(grant.copyId());
      return new Image(file, grant.size(), null);
    }
    return grant.copyId().isEmpty()
        ? files.live(grant.target().name(), grant.size() + (grant.write() ? VhdFooter.BYTES : 0))
        : files.copy(grant.copyId(), grant.size());
  }

  /** Bytes that the URL shows: those of a disk and a footer, or of a guest state as it is. */
  static long blobBytes(Grants.Grant grant) {
    return grant.isGuestState() ? grant.size() : grant.size() + VhdFooter.BYTES;
  }

  private Reply download(Call call, Grants.Grant grant, Image image) {
    Optional<long[]> range = range(call, blobBytes(grant));
    String wrong = call.fault().bytes();
    if (range.isEmpty() || wrong.equals("whole")) {
      return blob(call, grant, image, 0, blobBytes(grant), 200);
    }
    long from = range.get()[0];
    long to = range.get()[1];
    if (wrong.equals("otherRange")) {
      long by = to + 512 <= blobBytes(grant) ? 512 : -512;
      from += by;
      to += by;
    }
    long end = wrong.startsWith("short") ? Math.max(from + 1, to - 512) : to;
    long said = wrong.equals("shortBody") ? to : end;
    return blob(call, grant, image, from, end, 206)
        .with("Content-Range", "bytes %d-%d/%d".formatted(from, said - 1, blobBytes(grant)));
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
        if (image.isHole(at, at + length)) {
          sink.write(ZEROS.slice(0, length)); // the kernel would fill its cache with zero pages
        } else {
          reader.read(buffer, at);
          sink.write(buffer.flip());
        }
        at += length;
      }
    }
    if (at < to) {
      UUID id = UUID.nameUUIDFromBytes(grant.account().getBytes(StandardCharsets.UTF_8));
      ByteBuffer footer = VhdFooter.of(grant.size(), id);
      sink.write(footer.slice((int) (at - image.size()), (int) (to - at)));
    }
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
  static Optional<long[]> range(Call call, long size) {
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
    return "\"0x8D%012X\"".formatted((of + grant.blob()).hashCode() & 0xffffffffL);
  }

  static Reply withBlobHeaders(Reply reply, Grants.Grant grant) {
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
    return clientId.isPresent() ? answer.with("x-ms-client-request-id", clientId.get()) : answer;
  }
}
