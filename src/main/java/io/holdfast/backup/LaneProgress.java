package io.holdfast.backup;

import io.holdfast.catalogue.ByteCounts;
import io.holdfast.catalogue.DiskPlan;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.Lane;
import io.holdfast.catalogue.Versioned;
import io.holdfast.catalogue.WorkRows;
import io.holdfast.catalogue.WorkRows.Open;
import io.holdfast.transfer.Progress;

/** A lane's row under one visit: every change goes there with its ETag. Not for several threads. */
final class LaneProgress implements Progress {
  private final WorkRows work;
  private final JobId job;
  private final DiskPlan plan;
  private Versioned<Lane> lane;
  private boolean finished;

  LaneProgress(WorkRows work, JobId job, DiskPlan plan, Versioned<Lane> lane) {
    this.work = work;
    this.job = job;
    this.plan = plan;
    this.lane = lane;
  }

  Lane lane() {
    return lane.value();
  }

  /** Whether nothing of the lane is left to do. */
  boolean finished() {
    return finished;
  }

  @Override
  public byte[] inHand() {
    return lane.value().inHand();
  }

  @Override
  public int chunk() {
    return lane.value().chunk();
  }

  /** False when another run was faster, or the job was released. */
  @Override
  public boolean atChunk(int chunk, byte[] ids, ByteCounts more) {
    return store(lane.value().atChunk(chunk, ids, more), false);
  }

  /** False when another run was faster, or the job was released. */
  @Override
  public boolean segmentDone(byte[] indexId, ByteCounts more) {
    Lane next = lane.value().segmentDone(indexId, more);
    boolean last = next.place() == plan.segmentsOf(next.lane()).length;
    boolean stored = store(next, last);
    finished = stored && last;
    return stored;
  }

  @Override
  public boolean wanted() {
    Lane now = lane.value();
    return work.isOpen(job, new Open.Moving(now.disk(), now.plan(), now.lane()));
  }

  private boolean store(Lane next, boolean last) {
    if (!work.progress(job, lane, next, last)) {
      return false;
    }
    lane =
        work.lane(job, next.disk(), next.plan(), next.lane())
            .filter(read -> read.value().cursor() == next.cursor())
            .orElse(new Versioned<>(next, "gone"));
    return true;
  }
}
