package io.holdfast.catalogue;

import java.time.Instant;

/**
 * What a person decided about an item's protection, whatever policies say.
 *
 * @param state what goes on and what does not
 * @param since when it was decided; null for {@link #PROTECTED}
 * @param until end of a pause; null: until somebody resumes
 * @param who decided; null for {@link #PROTECTED}
 * @param why; null when nothing was said
 */
public record Stance(State state, Instant since, Instant until, String who, String why) {
  /** Nobody decided anything: policies rule. */
  public static final Stance PROTECTED = new Stance(State.PROTECTED, null, null, null, null);

  /** What goes on and what does not. Backups on demand go on in every state. */
  public enum State {
    /** Backups by the schedule, points expire by the rule. */
    PROTECTED("Protected"),
    /** No backups by the schedule, and no point expires, until an instant or until resumed. */
    PAUSED("ProtectionPaused"),
    /** Stopped, keep by policy: no backups by the schedule; points expire but for the last. */
    SUSPENDED("BackupsSuspended"),
    /** Stopped, keep for ever: no backups by the schedule, and no point expires. */
    STOPPED("ProtectionStopped");

    private final String text;

    State(String text) {
      this.text = text;
    }

    /** As Azure Backup calls it. */
    public String text() {
      return text;
    }
  }

  /** The state at an instant: a pause ends by itself. */
  public State at(Instant now) {
    return until != null && !now.isBefore(until) ? State.PROTECTED : state;
  }

  /** Whether the schedule's slots become backups. */
  public boolean backsUp(Instant now) {
    return at(now) == State.PROTECTED;
  }

  /** Whether points expire. */
  public boolean expires(Instant now) {
    return at(now) == State.PROTECTED || at(now) == State.SUSPENDED;
  }
}
