package io.holdfast.azure;

import com.azure.core.http.rest.PagedResponse;
import com.azure.core.util.Context;
import com.azure.storage.blob.models.BlobRange;
import com.azure.storage.blob.models.BlobStorageException;
import com.azure.storage.blob.models.ClearRange;
import com.azure.storage.blob.models.PageList;
import com.azure.storage.blob.models.PageRange;
import com.azure.storage.blob.models.PageRangeItem;
import com.azure.storage.blob.options.ListPageRangesOptions;
import com.azure.storage.blob.specialized.PageBlobClient;
import io.holdfast.disk.CheckedExtents;
import io.holdfast.disk.CheckedExtents.Malformed;
import io.holdfast.disk.DiskReader.DiffRefused;
import io.holdfast.disk.Extent;
import io.holdfast.disk.Extents;
import io.holdfast.failure.Unavailable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Get Page Ranges of one snapshot, and its difference to an earlier one: each call takes one answer
 * of the service, asserts all of it, and hands its ranges on.
 */
final class SnapshotLists {
  /**
   * A diff is asked for in windows of at most this many bytes: the SDK drops the mark of a further
   * page silently, and the service may take long over a fragmented disk.
   */
  private static final long DIFF_WINDOW_BYTES_MAX = 16L << 30;

  private static final long WINDOW_BYTES_MAX = 64L << 30;

  private static final Duration TIMEOUT = Duration.ofSeconds(90);

  /** Pages without a range that one list may begin with; the service need not fill its pages. */
  private static final int EMPTY_PAGES_MAX = 100;

  private final PageBlobClient blob;
  private final long sizeBytes;
  private final long blobBytes;
  private final SnapshotFailures failures;
  private final ListWindow diffWindow = new ListWindow(DIFF_WINDOW_BYTES_MAX);
  private final ListWindow window = new ListWindow(WINDOW_BYTES_MAX);

  /**
   * @param sizeBytes of the disk
   * @param blobBytes of the blob, which has the footer of a VHD behind the disk's bytes
   */
  SnapshotLists(PageBlobClient blob, long sizeBytes, long blobBytes, SnapshotFailures failures) {
    this.blob = blob;
    this.sizeBytes = sizeBytes;
    this.blobBytes = blobBytes;
    this.failures = failures;
  }

  /** As {@link io.holdfast.disk.DiskReader#allocated}. */
  long allocated(long offset, long length, Extents into) {
    long end = offset + window.of(Math.min(length, sizeBytes - offset));
    List<Extent> extents = new ArrayList<>();
    CheckedExtents checked = new CheckedExtents(offset, end, sizeBytes, blobBytes, extents::add);
    long reached;
    try {
      Page page = page(offset, end);
      for (PageRangeItem item : page.items()) {
        long itemEnd = item.getRange().getOffset() + item.getRange().getLength();
        checked.take(item.getRange().getOffset(), itemEnd, item.isClear());
      }
      window.answered(end - offset, 0);
      reached = page.cut() ? Math.min(end, endOfLast(page)) : end;
    } catch (Malformed e) {
      throw failures.malformed(e);
    } catch (RuntimeException e) {
      throw failed(e, window, end - offset, "list the allocated ranges of snapshot");
    }
    extents.stream().filter(extent -> !extent.clear()).forEach(into::take);
    return reached;
  }

  /**
   * The beginning of a list.
   *
   * @param cut whether more may come behind its last item
   */
  private record Page(List<PageRangeItem> items, boolean cut) {}

  private Page page(long offset, long end) {
    int empty = 0;
    for (PagedResponse<PageRangeItem> answer :
        blob.listPageRanges(
                new ListPageRangesOptions(new BlobRange(offset, end - offset))
                    .setMaxResultsPerPage(ListWindow.ELEMENTS_MAX),
                TIMEOUT,
                Context.NONE)
            .iterableByPage()) {
      List<PageRangeItem> items = answer.getValue();
      boolean marked = answer.getContinuationToken() != null;
      if (items.isEmpty() && marked) {
        empty++;
        if (empty > EMPTY_PAGES_MAX) {
          throw new Unavailable(
              "%s: its list of ranges begins with %d empty pages".formatted(failures, empty));
        }
        continue;
      }
      // A full page without a mark of the next one may have been cut off as well.
      return new Page(items, marked || items.size() >= ListWindow.ELEMENTS_MAX);
    }
    return new Page(List.of(), false);
  }

  /** What begins there is asked for by its offset, not by the service's mark: it cannot be lost. */
  private static long endOfLast(Page page) {
    var last = page.items().get(page.items().size() - 1).getRange();
    return last.getOffset() + last.getLength();
  }

  /**
   * As {@link io.holdfast.disk.DiskReader#changed}. An answer that may have been cut off is asked
   * for again with half the window: here the service's order of elements is not known, as the SDK
   * gives page and clear ranges apart.
   *
   * @param baseSas access to the base's snapshot
   * @param baseLost told when that access may have ended
   */
  long changed(String baseSas, Runnable baseLost, long offset, long length, Extents into)
      throws DiffRefused {
    long asked = diffWindow.of(Math.min(length, sizeBytes - offset));
    PageList list = diff(baseSas, baseLost, offset, asked);
    while (elements(list) >= ListWindow.ELEMENTS_MAX) {
      if (asked <= Extent.PAGE_BYTES) {
        throw new DiffRefused(
            "the service lists %d changed ranges in one page of 512 bytes at %d"
                .formatted(elements(list), offset));
      }
      asked = diffWindow.halved(asked);
      list = diff(baseSas, baseLost, offset, asked);
    }
    diffWindow.answered(asked, elements(list));
    List<Extent> extents = new ArrayList<>(elements(list));
    try {
      merge(list, new CheckedExtents(offset, offset + asked, sizeBytes, blobBytes, extents::add));
    } catch (Malformed e) {
      // Whatever else this service says about the two is in doubt: the disk is read instead.
      throw new DiffRefused(e.getMessage());
    }
    extents.forEach(into::take);
    return offset + asked;
  }

  /** Page and clear ranges count together. */
  private static int elements(PageList list) {
    return list.getPageRange().size() + list.getClearRange().size();
  }

  private PageList diff(String baseSas, Runnable baseLost, long offset, long length)
      throws DiffRefused {
    String action = "list the changed ranges of snapshot";
    try {
      return blob.getManagedDiskPageRangesDiffWithResponse(
              new BlobRange(offset, length), baseSas, null, TIMEOUT, Context.NONE)
          .getValue();
    } catch (BlobStorageException e) {
      int status = e.getStatusCode();
      if (status == 400 || status == 404 || status == 409) {
        // Azure may say "not found" of a base whose access has ended: the next try has a fresh one.
        baseLost.run();
        throw new DiffRefused(
            "the service will not compare it with the base's snapshot (%s, HTTP %d)"
                .formatted(e.getErrorCode(), status));
      }
      if (status == SnapshotFailures.FORBIDDEN) {
        // Which of the two accesses has ended is not said.
        baseLost.run();
      }
      throw failed(e, diffWindow, length, action);
    } catch (RuntimeException e) {
      throw failed(e, diffWindow, length, action);
    }
  }

  /** A list that took too long is asked for in smaller windows the next time. */
  private RuntimeException failed(RuntimeException e, ListWindow of, long asked, String action) {
    RuntimeException failure = failures.of(e, action);
    if (failure instanceof Unavailable slow
        && slow.retryAfter().isEmpty()
        && asked > Extent.PAGE_BYTES) {
      long unused = of.halved(asked);
    }
    return failure;
  }

  /**
   * Each kind comes in the service's order; a list that is not in order shows in the merged one.
   */
  private static void merge(PageList list, CheckedExtents into) throws Malformed {
    List<PageRange> data = list.getPageRange();
    List<ClearRange> clear = list.getClearRange();
    int at = 0;
    for (PageRange range : data) {
      while (at < clear.size() && clear.get(at).getStart() < range.getStart()) {
        into.take(clear.get(at).getStart(), clear.get(at).getEnd() + 1, true);
        at++;
      }
      into.take(range.getStart(), range.getEnd() + 1, false);
    }
    for (; at < clear.size(); at++) {
      into.take(clear.get(at).getStart(), clear.get(at).getEnd() + 1, true);
    }
  }
}
