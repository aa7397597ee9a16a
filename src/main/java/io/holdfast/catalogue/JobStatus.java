package io.holdfast.catalogue;

import java.util.Set;

/** The states of a job, and the only ways between them. */
public enum JobStatus {
  QUEUED("Queued"),
  IN_PROGRESS("InProgress"),
  /** The point is there; what is left is to publish it and to clean up. Users see InProgress. */
  COMMITTED("InProgress"),
  CANCELLING("Cancelling"),
  COMPLETED("Completed"),
  COMPLETED_WITH_WARNINGS("CompletedWithWarnings"),
  FAILED("Failed"),
  CANCELLED("Cancelled");

  private final String text;

  JobStatus(String text) {
    this.text = text;
  }

  /** What users see. */
  public String text() {
    return text;
  }

  /** Whether nothing changes this state any more. */
  public boolean ended() {
    return switch (this) {
      case QUEUED, IN_PROGRESS, COMMITTED, CANCELLING -> false;
      case COMPLETED, COMPLETED_WITH_WARNINGS, FAILED, CANCELLED -> true;
    };
  }

  /** Whether the job is its item's active backup: whoever takes it out of here clears that. */
  public boolean active() {
    return this == QUEUED || this == IN_PROGRESS;
  }

  /** Whether a job may go from this state to the other. */
  public boolean mayBecome(JobStatus next) {
    return switch (this) {
      case QUEUED -> Set.of(IN_PROGRESS, CANCELLING, CANCELLED, FAILED).contains(next);
      case IN_PROGRESS -> Set.of(COMMITTED, CANCELLING, CANCELLED, FAILED).contains(next);
      case COMMITTED -> next == COMPLETED || next == COMPLETED_WITH_WARNINGS;
      case CANCELLING -> next == CANCELLED || next == FAILED;
      case COMPLETED, COMPLETED_WITH_WARNINGS, FAILED, CANCELLED -> false;
    };
  }
}
