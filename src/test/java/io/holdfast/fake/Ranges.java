package io.holdfast.fake;

import io.holdfast.disk.CheckedExtents;
import io.holdfast.disk.Extent;
import io.holdfast.disk.Extents;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** How a fake's change lists come: a few ranges an answer, and, if a test wants, wrong ones. */
public final class Ranges {
  /** Few, so that every list of a test takes several answers. */
  private static final int ANSWER_MAX = 5;

  private volatile int answerMax = ANSWER_MAX;
  private volatile UnaryOperator<List<Raw>> garble = UnaryOperator.identity();

  /** A range as a service says it: not checked. */
  public record Raw(long offset, long end, boolean clear) {}

  /** Most ranges of an answer from now on. */
  public void answerMax(int max) {
    answerMax = max;
  }

  /** Changes each answer from now on, as a service with a defect does. */
  public void garble(UnaryOperator<List<Raw>> how) {
    garble = how;
  }

  /**
   * Hands one answer on.
   *
   * @param all ranges of the window
   * @return how far the answer reaches
   */
  long answer(List<Extent> all, long start, long end, long sizeBytes, Extents into)
      throws CheckedExtents.Malformed {
    boolean cut = all.size() > answerMax;
    List<Extent> some = cut ? all.subList(0, answerMax) : all;
    List<Raw> raw = new ArrayList<>();
    some.forEach(each -> raw.add(new Raw(each.offset(), each.end(), each.clear())));
    List<Extent> checked = new ArrayList<>();
    CheckedExtents check = new CheckedExtents(start, end, sizeBytes, sizeBytes, checked::add);
    for (Raw each : garble.apply(raw)) {
      check.take(each.offset(), each.end(), each.clear());
    }
    checked.forEach(into::take);
    return cut ? some.get(answerMax - 1).end() : end;
  }
}
