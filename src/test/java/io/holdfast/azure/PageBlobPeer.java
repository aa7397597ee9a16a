package io.holdfast.azure;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page blob that nobody has to store: from a start on, it has a page of data at every so many
 * bytes; every second one is a clear range in a diff. Its bytes are a function of their offset.
 */
final class PageBlobPeer implements AutoCloseable {
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d+)");

  final AtomicInteger diffs = new AtomicInteger();
  final AtomicInteger lists = new AtomicInteger();
  final AtomicInteger downloads = new AtomicInteger();

  /** Elements of one answer. */
  volatile int elementsMax = 10_000;

  /** Whether a cut list says that there is more, as Azure does. */
  volatile boolean marks = true;

  /** Whether lists heed the range that is asked for. */
  volatile boolean heedsRange = true;

  interface Answer {
    /** Answers a download of these bytes, or returns false to have it answered well. */
    boolean to(HttpExchange call, long from, long to) throws IOException;
  }

  /** How downloads go wrong. */
  volatile Answer download = (call, from, to) -> false;

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final long diskBytes;
  private final long start;
  private final long end;
  private final long stride;

  /**
   * @param start where the first page of data is
   * @param end no page is there or behind
   * @param stride from one page to the next, bytes
   */
  PageBlobPeer(long diskBytes, long start, long end, long stride) throws IOException {
    this.diskBytes = diskBytes;
    this.start = start;
    this.end = end;
    this.stride = stride;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:%d/md-1/container/abcd?sv=2018-11-09&sr=b&si=x&sig=secret"
        .formatted(server.getAddress().getPort());
  }

  static byte at(long offset) {
    return (byte) (offset * 31 + (offset >> 9));
  }

  private void handle(HttpExchange call) throws IOException {
    try (call) {
      call.getResponseHeaders().set("x-ms-blob-type", "PageBlob");
      call.getResponseHeaders().set("ETag", "\"0x1\"");
      call.getResponseHeaders().set("Last-Modified", "Mon, 02 Nov 2026 00:00:00 GMT");
      String query = call.getRequestURI().getQuery();
      if (call.getRequestMethod().equals("HEAD")) {
        call.getResponseHeaders().set("Content-Length", Long.toString(diskBytes + 512));
        call.sendResponseHeaders(200, -1);
        return;
      }
      Matcher range = RANGE.matcher(call.getRequestHeaders().getFirst("x-ms-range"));
      if (!range.matches()) {
        throw new IllegalStateException("every request has a range");
      }
      long from = Long.parseLong(range.group(1));
      long to = Long.parseLong(range.group(2)) + 1;
      if (query.contains("comp=pagelist")) {
        list(call, query, heedsRange ? from : 0, heedsRange ? to : diskBytes);
        return;
      }
      downloads.incrementAndGet();
      if (!download.to(call, from, to)) {
        send(call, from, to, to - from);
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** Sends a download; only so many of its bytes, then it breaks off. */
  static void send(HttpExchange call, long from, long to, long bytes) throws IOException {
    call.getResponseHeaders()
        .set("Content-Range", "bytes %d-%d/%d".formatted(from, to - 1, 1L << 40));
    call.sendResponseHeaders(206, to - from);
    byte[] body = new byte[(int) bytes];
    for (int i = 0; i < body.length; i++) {
      body[i] = at(from + i);
    }
    OutputStream out = call.getResponseBody();
    out.write(body);
    out.flush();
  }

  private void list(HttpExchange call, String query, long from, long to) throws IOException {
    boolean diff = call.getRequestHeaders().containsKey("x-ms-previous-snapshot-url");
    (diff ? diffs : lists).incrementAndGet();
    Matcher marker = Pattern.compile("marker=(\\d+)").matcher(query);
    long at = Math.max(from, marker.find() ? Long.parseLong(marker.group(1)) : 0);
    long number = at <= start ? 0 : (at - start + stride - 1) / stride;
    StringBuilder xml = new StringBuilder("<?xml version=\"1.0\" encoding=\"utf-8\"?><PageList>");
    int count = 0;
    long offset = start + number * stride;
    while (offset < Math.min(to, end) && count < elementsMax) {
      String name = diff && number % 2 == 1 ? "ClearRange" : "PageRange";
      xml.append('<').append(name).append("><Start>").append(offset).append("</Start><End>");
      xml.append(offset + 511).append("</End></").append(name).append('>');
      number++;
      count++;
      offset = start + number * stride;
    }
    boolean more = marks && offset < Math.min(to, end);
    xml.append(more ? "<NextMarker>" + offset + "</NextMarker>" : "<NextMarker/>");
    byte[] body = xml.append("</PageList>").toString().getBytes(StandardCharsets.UTF_8);
    call.getResponseHeaders().set("Content-Type", "application/xml");
    call.sendResponseHeaders(200, body.length);
    call.getResponseBody().write(body);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
