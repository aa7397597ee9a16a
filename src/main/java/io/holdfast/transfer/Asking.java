package io.holdfast.transfer;

/**
 * Whether a chunk is asked for before it is sent. Sending one that is there costs its body and two
 * requests, asking for one that is not costs one: so it asks while chunks turn out to be there, as
 * in the first backup of another VM of the same image, and only on credit: what earlier questions
 * saved, and one question for every 20 new chunks. Over any run of chunks that is at most 1.05
 * requests a new chunk, two a chunk that was there, and one more. Safe for several threads.
 */
final class Asking {
  /** Of the budget of 1.05 requests a new chunk. */
  private static final int NEW_CHUNKS_A_QUESTION = 20;

  private final boolean always;
  private boolean lastWasThere;

  /** Questions that may still be in vain: each that was not saved a request. */
  private int credit = 1;

  private int newChunks;

  private Asking(boolean always, boolean lastWasThere) {
    this.always = always;
    this.lastWasThere = lastWasThere;
  }

  /** Asks for each chunk. */
  static Asking always() {
    return new Asking(true, true);
  }

  /**
   * @param hopes whether the first chunk is asked for
   */
  static Asking learning(boolean hopes) {
    return new Asking(false, hopes);
  }

  /** Whether to ask for the next chunk; who is told so has to say what the answer was. */
  synchronized boolean asksNext() {
    if (always) {
      return true;
    }
    if (!lastWasThere || credit == 0) {
      return false;
    }
    credit--;
    return true;
  }

  /** A question was answered. */
  synchronized void answered(boolean there) {
    lastWasThere = there;
    if (there) {
      credit += 2;
    }
  }

  /** A chunk was sent without asking. */
  synchronized void sent(boolean wasNew) {
    lastWasThere = !wasNew;
    if (wasNew && ++newChunks % NEW_CHUNKS_A_QUESTION == 0) {
      credit++;
    }
  }
}
