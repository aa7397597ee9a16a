package io.holdfast.work;

import java.util.List;

/**
 * The names of the queues: one a kind of step. The infrastructure makes them and their poison
 * queues.
 */
public final class Queues {
  public static final String BACKUP_REQUESTS = "backup-requests";
  public static final String SNAPSHOTS = "snapshots";
  public static final String DISK_PLANS = "disk-plans";
  public static final String SEGMENT_TRANSFERS = "segment-transfers";
  public static final String FINALIZE = "finalize";
  public static final String RETENTION = "retention";

  /** What the Functions host appends to a queue's name when it moves a message away for good. */
  public static final String POISON_SUFFIX = "-poison";

  public static final List<String> ALL =
      List.of(BACKUP_REQUESTS, SNAPSHOTS, DISK_PLANS, SEGMENT_TRANSFERS, FINALIZE, RETENTION);

  private Queues() {}
}
