package io.holdfast.testing;

import io.holdfast.disk.ChangeList;
import io.holdfast.disk.DiskReader;
import io.holdfast.disk.DiskReader.DiffRefused;
import io.holdfast.disk.Extent;
import java.util.ArrayList;
import java.util.List;

/** Whole change lists, for comparing: the parts of a range that answers split are joined again. */
public final class ChangeLists {
  private ChangeLists() {}

  public static List<Extent> allocated(DiskReader reader, long offset, long length) {
    try {
      return all(reader::allocated, offset, length);
    } catch (DiffRefused e) {
      throw new AssertionError("no diff was asked for", e);
    }
  }

  public static List<Extent> changed(DiskReader reader, DiskReader base, long offset, long length)
      throws DiffRefused {
    return all((at, bytes, into) -> reader.changed(base, at, bytes, into), offset, length);
  }

  private static List<Extent> all(ChangeList list, long offset, long length) throws DiffRefused {
    List<Extent> extents = new ArrayList<>();
    list.all(offset, length, next -> add(extents, next));
    return extents;
  }

  private static void add(List<Extent> extents, Extent next) {
    Extent last = extents.isEmpty() ? null : extents.get(extents.size() - 1);
    if (last != null && last.end() == next.offset() && last.clear() == next.clear()) {
      extents.set(
          extents.size() - 1,
          new Extent(last.offset(), last.length() + next.length(), next.clear()));
    } else {
      extents.add(next);
    }
  }

  /** The parts of the ranges that lie inside a window. */
  public static List<Extent> clipped(List<Extent> extents, long windowStart, long windowEnd) {
    List<Extent> inside = new ArrayList<>(extents.size());
    for (Extent extent : extents) {
      long start = Math.max(extent.offset(), windowStart);
      long end = Math.min(extent.end(), windowEnd);
      if (start < end) {
        inside.add(new Extent(start, end - start, extent.clear()));
      }
    }
    return inside;
  }
}
