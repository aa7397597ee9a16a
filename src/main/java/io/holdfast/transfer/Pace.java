package io.holdfast.transfer;

/**
 * How many chunks of one source may be in hand at once: halved when the service says that it is
 * busy, one more after as many chunks went well as there were in hand. A snapshot gives about 60
 * MiB/s whatever asks, and what asks too much is refused. Safe for several threads.
 */
public final class Pace {
  private final int most;
  private int allowed;
  private int wentWell;

  /**
   * @param most at least 1; the pace starts there
   */
  public Pace(int most) {
    this.most = most;
    this.allowed = most;
  }

  /** Chunks that may be in hand now: 1 to the most. */
  public synchronized int allowed() {
    return allowed;
  }

  /** A chunk was moved. */
  public synchronized void wentWell() {
    if (allowed < most && ++wentWell >= allowed) {
      allowed++;
      wentWell = 0;
    }
  }

  /** The service said that it is busy. */
  public synchronized void busy() {
    allowed = Math.max(1, allowed / 2);
    wentWell = 0;
  }
}
