package io.holdfast.transfer;

import io.holdfast.catalogue.ByteCounts;

/**
 * How far the segment in hand got, where it survives the process. Called by one thread. A method
 * that answers false says that the work is not ours any more: another run is faster, or its job has
 * ended.
 */
public interface Progress {
  /** Ids of the segment in hand, 32 bytes a chunk; empty when it was not begun. */
  byte[] inHand();

  /** The chunk at which it goes on. */
  int chunk();

  /** Stores that the chunks before this one are moved. */
  boolean atChunk(int chunk, byte[] ids, ByteCounts more);

  /** Stores that the segment is in the vault under this id, 32 bytes. */
  boolean segmentDone(byte[] indexId, ByteCounts more);

  /** Whether the work is still wanted, when there is nothing to store. */
  boolean wanted();
}
