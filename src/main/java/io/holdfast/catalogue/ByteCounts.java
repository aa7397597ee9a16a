package io.holdfast.catalogue;

/**
 * What a transfer did so far, in bytes.
 *
 * @param read fetched from the snapshot
 * @param transferred plaintext of the chunks that were sent to the vault
 * @param stored length of the objects that were newly created
 */
public record ByteCounts(long read, long transferred, long stored) {
  public static final ByteCounts ZERO = new ByteCounts(0, 0, 0);

  public ByteCounts plus(ByteCounts more) {
    return new ByteCounts(read + more.read, transferred + more.transferred, stored + more.stored);
  }
}
