package io.holdfast.function;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.catalogue.ByteCounts;
import io.holdfast.catalogue.DiskPlan;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.JobDisk;
import io.holdfast.catalogue.Lane;
import io.holdfast.catalogue.Lifecycle;
import io.holdfast.catalogue.Policy;
import io.holdfast.catalogue.RecoveryPoint;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The API's resources as JSON. */
final class Bodies {
  private Bodies() {}

  /**
   * A job.
   *
   * @param plans of its disks while it runs
   * @param lanes of its disks while it runs: their counts are live
   * @param committed whether its recovery point is there
   */
  static ObjectNode job(Job job, List<DiskPlan> plans, List<Lane> lanes, boolean committed) {
    ObjectNode body = Replies.JSON.createObjectNode();
    body.put("id", job.id().toString());
    body.put("operation", "Backup");
    body.put("status", job.status().text());
    body.put("vmId", job.vmId());
    body.put("itemId", job.id().itemId());
    body.put("recoveryPointId", committed ? job.id().pointId() : null);
    body.put("policy", job.request().policy());
    put(body, "slot", job.request().slot());
    put(body, "createdTime", job.createdAt());
    put(body, "endTime", job.endTime());
    put(body, "deadline", job.deadline());
    Job.Snapshot snapshot = job.snapshot();
    put(body, "snapshotTime", snapshot == null ? null : snapshot.time());
    ObjectNode consistency = body.putObject("consistency");
    consistency.put("requested", snapshot == null ? null : snapshot.requested().text());
    consistency.put(
        "achieved",
        snapshot == null || snapshot.achieved() == null ? null : snapshot.achieved().text());
    ArrayNode disks = body.putArray("disks");
    job.disks().forEach(disk -> disks.add(disk(disk, plans, lanes)));
    ArrayNode tasks = body.putArray("tasks");
    for (Job.JobTask task : job.tasks()) {
      ObjectNode node = tasks.addObject();
      node.put("name", task.name());
      node.put("status", task.status());
      put(node, "startTime", task.startTime());
      put(node, "endTime", task.endTime());
      if (task.failure() != null) {
        node.set("error", told(task.failure()));
      }
    }
    excluded(job.excluded(), body);
    ArrayNode warnings = body.putArray("warnings");
    job.warnings().forEach(warning -> warnings.add(told(warning)));
    ArrayNode notes = body.putArray("notes");
    job.notes().forEach(note -> notes.add(told(note)));
    if (job.error() == null) {
      body.putNull("error");
    } else {
      body.putObject("error").put("code", job.error().code()).put("message", job.error().message());
    }
    return body;
  }

  private static ObjectNode told(Job.Warning warning) {
    return Replies.JSON
        .createObjectNode()
        .put("code", warning.code())
        .put("message", warning.message())
        .put("remedy", warning.remedy());
  }

  private static void excluded(List<Job.ExcludedDisk> disks, ObjectNode body) {
    ArrayNode excluded = body.putArray("excludedDisks");
    for (Job.ExcludedDisk disk : disks) {
      excluded
          .addObject()
          .put("disk", disk.disk())
          .put("name", disk.name())
          .put("reason", disk.reason());
    }
  }

  private static ObjectNode disk(JobDisk disk, List<DiskPlan> plans, List<Lane> lanes) {
    ObjectNode body = Replies.JSON.createObjectNode();
    body.put("disk", disk.disk());
    body.put("name", disk.name());
    Optional<DiskPlan> plan =
        plans.stream()
            .filter(each -> each.disk().equals(disk.disk()) && each.decision() != null)
            .findFirst();
    ByteCounts counts = ByteCounts.ZERO;
    if (disk.result() != null) {
      body.put("changeSource", disk.result().changeSource().text());
      body.put("reason", disk.result().reason());
      counts = disk.result().counts();
    } else {
      body.put("changeSource", plan.map(p -> p.decision().changeSource().text()).orElse(null));
      body.put("reason", plan.map(p -> p.decision().reason()).orElse(null));
      for (Lane lane : lanes) {
        boolean own =
            lane.disk().equals(disk.disk())
                && plan.filter(p -> p.number() == lane.plan()).isPresent();
        counts = own ? counts.plus(lane.counts()) : counts;
      }
    }
    body.put("sizeBytes", disk.sizeBytes());
    Long total =
        disk.result() != null
            ? Long.valueOf(disk.result().bytesTotal())
            : plan.filter(p -> sealed(p)).map(DiskPlan::bytesTotal).orElse(null);
    body.put("bytesTotal", total);
    body.put("bytesRead", counts.read());
    body.put("bytesTransferred", counts.transferred());
    body.put("bytesStored", counts.stored());
    return body;
  }

  /** The total is known once the whole change list was read. */
  private static boolean sealed(DiskPlan plan) {
    return plan.cursorBytes() >= plan.decision().sizeBytes();
  }

  static ObjectNode point(RecoveryPoint point) {
    ObjectNode body = Replies.JSON.createObjectNode();
    body.put("id", point.id());
    body.put("itemId", point.itemId());
    body.put("vmId", point.vmId());
    put(body, "time", point.time());
    body.put("jobId", point.jobId().toString());
    body.putObject("consistency")
        .put("requested", point.requested().text())
        .put("achieved", point.achieved().text());
    ArrayNode disks = body.putArray("disks");
    for (RecoveryPoint.PointDisk disk : point.disks()) {
      disks
          .addObject()
          .put("disk", disk.disk())
          .put("name", disk.name())
          .put("sizeBytes", disk.sizeBytes())
          .put("root", disk.root());
    }
    excluded(point.excluded(), body);
    put(body, "instantRestoreUntil", point.snapshotUntil());
    put(body, "retainUntil", point.retainUntil());
    Lifecycle lifecycle = point.lifecycle();
    body.put("state", lifecycle.state().text());
    mark(body, "pin", lifecycle.pin());
    mark(body, "legalHold", lifecycle.legalHold());
    mark(body, "deleted", lifecycle.deletion() == null ? null : lifecycle.deletion().deleted());
    put(
        body,
        "purgeAfter",
        lifecycle.deletion() == null ? null : lifecycle.deletion().purgeAfter());
    return body;
  }

  private static void mark(ObjectNode body, String name, Lifecycle.Mark mark) {
    if (mark == null) {
      body.putNull(name);
      return;
    }
    ObjectNode node = body.putObject(name);
    put(node, "since", mark.at());
    node.put("by", mark.who()).put("reason", mark.why());
  }

  static ObjectNode policy(Policy policy) {
    ObjectNode body = Replies.JSON.createObjectNode();
    body.put("name", policy.name());
    SelectorReader.write(policy.selector(), body);
    ScheduleReader.write(policy.schedule(), body);
    body.put("priority", policy.rank().priority());
    body.put("concurrentMax", policy.rank().concurrentMax());
    PolicyReader.write(policy.retention(), body);
    body.put("instantRestoreDays", policy.instantRestoreDays());
    ProtectionReader.write(policy.protection(), body);
    return body;
  }

  private static void put(ObjectNode body, String name, Instant time) {
    body.put(name, time == null ? null : time.toString());
  }
}
