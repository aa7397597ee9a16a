package io.holdfast.local.sim;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Get Page Ranges, and its difference to a previous snapshot, in pages. */
final class PageLists {
  /** Ranges of one page of a list, page and clear together (Get Page Ranges). */
  static final int RANGES_MAX = 10_000;

  private static final String PAGING_SINCE = "2020-10-02";

  private final AccessUrls urls;
  private final Function<Grants.Grant, Image> images;

  PageLists(AccessUrls urls, Function<Grants.Grant, Image> images) {
    this.urls = urls;
    this.images = images;
  }

  Reply list(Call call, Grants.Grant grant) throws IOException {
    Image image = images.apply(grant);
    long size = grant.size();
    long[] window = PageBlobs.range(call, PageBlobs.blobBytes(grant)).orElse(new long[] {0, size});
    long from = Math.max(window[0] / 512 * 512, marker(call));
    long to = Math.min(size, (window[1] + 511) / 512 * 512);
    boolean paged = call.header("x-ms-version").orElse("").compareTo(PAGING_SINCE) >= 0;
    String wrong = call.fault().ranges();
    boolean cut = wrong.equals("cut");
    RangeList list = new RangeList(paged || cut ? maxResults(call) : Integer.MAX_VALUE);
    Optional<String> previous = call.header(AccessUrls.PREVIOUS_URL);
    if (previous.isPresent()) {
      PageRanges.diff(image, previous(grant, previous.get()), from, to, list);
    } else {
      PageRanges.allocated(image, from, to, list);
    }
    list.spoil(wrong, PageBlobs.blobBytes(grant));
    return PageBlobs.withBlobHeaders(Reply.xml(200, list.xml()), grant)
        .with("x-ms-blob-content-length", Long.toString(PageBlobs.blobBytes(grant)));
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

  private record Element(boolean clear, long start, long end) {}

  /** Ranges until the page is full; full pages name where the next one begins. */
  private static final class RangeList implements PageRanges.Sink {
    private final List<Element> elements = new ArrayList<>();
    private final int max;
    private String next = "";

    RangeList(int max) {
      this.max = max;
    }

    @Override
    public boolean range(boolean clear, long start, long end) {
      if (elements.size() == max) {
        next = "2!" + Long.toHexString(start);
        return false;
      }
      elements.add(new Element(clear, start, end));
      return true;
    }

    /** Makes it wrong in the way that a fault rule asked for; an empty list stays as it is. */
    void spoil(String how, long blobBytes) {
      if (how.equals("cut")) {
        next = "";
      } else if (how.equals("pastEnd")) {
        elements.add(new Element(false, blobBytes, blobBytes + 4096));
      } else if (!how.isEmpty() && !elements.isEmpty()) {
        Element first = elements.get(0);
        switch (how) {
          case "unordered" -> elements.add(elements.remove(0));
          case "overlapping" -> elements.add(1, first);
          case "misaligned" ->
              elements.set(0, new Element(first.clear(), first.start() + 100, first.end()));
          case "otherWindow" ->
              elements.replaceAll(
                  each ->
                      new Element(
                          each.clear(), each.start() + (1L << 40), each.end() + (1L << 40)));
          default -> throw new IllegalStateException("a list cannot be " + how);
        }
      }
    }

    String xml() {
      StringBuilder xml = new StringBuilder(64 + 70 * elements.size());
      xml.append("<?xml version=\"1.0\" encoding=\"utf-8\"?><PageList>");
      for (Element each : elements) {
        String name = each.clear() ? "ClearRange" : "PageRange";
        xml.append('<').append(name).append("><Start>").append(each.start());
        xml.append("</Start><End>").append(each.end() - 1).append("</End></").append(name);
        xml.append('>');
      }
      xml.append(next.isEmpty() ? "<NextMarker/>" : "<NextMarker>" + next + "</NextMarker>");
      return xml.append("</PageList>").toString();
    }
  }

  private Image previous(Grants.Grant grant, String url) {
    Grants.Grant base = urls.previous(url);
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
    return images.apply(base);
  }
}
