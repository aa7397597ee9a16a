package io.holdfast.backup;

import io.holdfast.fake.SimulatedWorld;

/**
 * One way in which a row of the table of failures comes about, on the app's adapter over the
 * simulator.
 *
 * @param row its title in the table, {@code failures/rows.txt}
 * @param what happens in this case
 * @param scene what is done, and what must come of it; what is left is looked at afterwards
 */
record FailureRow(String row, String what, Scene scene) {
  /** A case from its start to its expectations. */
  interface Scene {
    void play(SimulatedWorld azure);
  }

  @Override
  public String toString() {
    return row + ": " + what;
  }
}
