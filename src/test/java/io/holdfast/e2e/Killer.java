package io.holdfast.e2e;

import io.holdfast.e2e.JobRowsSeen.Phase;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/** Kills the dev host at random moments of one backup, and keeps a record of what it hit. */
final class Killer implements AutoCloseable {
  /** What each backup is hit in at least once, where there are kills enough. */
  private static final List<Phase> SURE =
      List.of(
          Phase.TRANSFER,
          Phase.FINALIZE,
          Phase.SNAPSHOT,
          Phase.PLANNING,
          Phase.QUEUED,
          Phase.REQUEST);

  private static final List<Phase> MORE =
      List.of(Phase.TRANSFER, Phase.TRANSFER, Phase.SNAPSHOT, Phase.PLANNING, Phase.FINALIZE);

  /**
   * The host poisons a message that it took five times: so often, at most, one may be taken along.
   */
  private static final int IN_ONE_PHASE_MAX = 4;

  private static final int TRANSFER_DELAY_MILLIS_MAX = 3_500;
  private static final int SHORT_DELAY_MILLIS_MAX = 1_200;
  private static final int START_DELAY_MILLIS_MAX = 2_500;
  private static final int PAUSE_MILLIS = 20;

  private final Stack stack;
  private final JobRowsSeen rows;
  private final List<Moment> moments;
  private final List<Kill> kills = Collections.synchronizedList(new ArrayList<>());
  private final Thread thread = new Thread(this::run, "killer");
  private volatile boolean stopping;
  private volatile Throwable failure;

  private Killer(Stack stack, JobRowsSeen rows, List<Moment> moments) {
    this.stack = stack;
    this.rows = rows;
    this.moments = moments;
  }

  /**
   * A moment to kill at.
   *
   * @param phase not before the job is there
   * @param starting whether the host that starts after the kill before is hit while it starts
   * @param delayMillis since the phase was seen and the host answered; with {@code starting} since
   *     the kill before
   * @param reconcile whether that timer is fired just before
   */
  record Moment(Phase phase, boolean starting, int delayMillis, boolean reconcile) {}

  /**
   * A host that was killed.
   *
   * @param phase where the job was
   * @param answering whether the host had started
   * @param life how long it had lived
   */
  record Kill(Phase phase, boolean answering, Duration life, boolean reconcile) {
    @Override
    public String toString() {
      return "%s%s%s after %d ms"
          .formatted(
              phase,
              answering ? "" : " (host starting)",
              reconcile ? " (reconcile fired)" : "",
              life.toMillis());
    }
  }

  /** Starts to kill. */
  static Killer start(Stack stack, JobRowsSeen rows, Random random, int kills) {
    Killer killer = new Killer(stack, rows, moments(random, kills));
    killer.thread.start();
    return killer;
  }

  /** As many moments as asked for, in the order in which they come. */
  static List<Moment> moments(Random random, int kills) {
    List<Phase> phases = new ArrayList<>(SURE.subList(0, Math.min(kills, SURE.size())));
    while (phases.size() < kills) {
      Phase phase = MORE.get(random.nextInt(MORE.size()));
      boolean room = Collections.frequency(phases, phase) < IN_ONE_PHASE_MAX;
      if (room || phases.size() >= IN_ONE_PHASE_MAX * SURE.size()) {
        phases.add(phase);
      }
    }
    phases.sort(Comparator.naturalOrder());
    List<Moment> moments = new ArrayList<>();
    for (Phase phase : phases) {
      boolean again = !moments.isEmpty() && moments.get(moments.size() - 1).phase() == phase;
      boolean starting = again && random.nextInt(3) == 0;
      int most =
          starting
              ? START_DELAY_MILLIS_MAX
              : phase == Phase.TRANSFER ? TRANSFER_DELAY_MILLIS_MAX : SHORT_DELAY_MILLIS_MAX;
      moments.add(
          new Moment(phase, starting, random.nextInt(most), !starting && random.nextInt(5) == 0));
    }
    return moments;
  }

  private void run() {
    try {
      for (Moment moment : moments) {
        kill(moment);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException | Error e) {
      failure = e;
    }
  }

  private void kill(Moment moment) throws IOException, InterruptedException {
    while (!moment.starting()
        && !stopping
        && !(rows.phase().compareTo(moment.phase()) >= 0 && stack.hostAnswers())) {
      Thread.sleep(PAUSE_MILLIS);
    }
    boolean fired = moment.reconcile() && !stopping && fire();
    if (!stopping) {
      Thread.sleep(moment.delayMillis());
      Phase phase = rows.phase();
      boolean answering = stack.hostAnswers();
      kills.add(new Kill(phase, answering, stack.killHost(), fired));
    }
  }

  private boolean fire() throws InterruptedException {
    try {
      stack.fire("reconcile");
      return true;
    } catch (IOException down) {
      return false;
    }
  }

  /** The moments that were drawn. */
  List<Moment> moments() {
    return moments;
  }

  /** Waits until all kills are done. */
  List<Kill> await(Duration most) throws InterruptedException {
    thread.join(most.toMillis());
    if (failure != null) {
      throw new AssertionError("the killer failed after " + kills, failure);
    }
    return List.copyOf(kills);
  }

  /** Kills no more. */
  @Override
  public void close() throws InterruptedException {
    stopping = true;
    thread.join();
  }
}
