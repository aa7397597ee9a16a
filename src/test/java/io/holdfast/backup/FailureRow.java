package io.holdfast.backup;

import io.holdfast.fake.SimulatedWorld;
import io.holdfast.fake.World;
import java.nio.file.Path;

/**
 * One way in which a row of the table of failures comes about.
 *
 * @param row its title in the table, {@code failures/rows.txt}
 * @param what happens in this case
 * @param play what is done, and what must come of it; it ends with a look at what is left
 */
record FailureRow(String row, String what, Play play) {
  /** A case in a folder of its own. */
  interface Play {
    void in(Path folder);
  }

  /** A case on the app's adapter over the simulator. */
  interface Scene {
    void play(SimulatedWorld azure);
  }

  /** A case on the fakes in memory. */
  interface MemoryScene {
    void play(World world);
  }

  static FailureRow of(String row, String what, Scene scene) {
    return new FailureRow(
        row,
        what,
        folder -> {
          try (SimulatedWorld azure = new SimulatedWorld(folder)) {
            scene.play(azure);
          }
        });
  }

  /** Where the simulator cannot be made to do it in a second. */
  static FailureRow inMemory(String row, String what, MemoryScene scene) {
    return new FailureRow(
        row,
        what,
        folder -> {
          try (World world = new World()) {
            scene.play(world);
          }
        });
  }

  @Override
  public String toString() {
    return row + ": " + what;
  }
}
