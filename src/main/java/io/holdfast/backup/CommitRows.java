package io.holdfast.backup;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.DiskPlan;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.JobDisk;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.Lane;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The rows that a commit is made of, as they were read before anything was decided by them.
 *
 * @param plans the sealed plan of each disk
 * @param lanes all lanes
 * @param models of the VM and of each disk, by what they are of
 */
record CommitRows(Map<String, DiskPlan> plans, List<Lane> lanes, Map<String, JsonNode> models) {
  /** Whose model is the VM's own. */
  static final String VM = "vm";

  /** The VM's network interfaces, as a list. */
  static final String NICS = "nics";

  /** Where the VM's model in the point holds them. */
  private static final String NICS_FIELD = "networkInterfaces";

  private static final ObjectMapper JSON = new ObjectMapper();

  DiskPlan plan(Job job, JobDisk disk) {
    DiskPlan plan = plans.get(disk.disk());
    if (plan == null) {
      throw new IllegalStateException(
          "disk %s of job %s has no sealed plan".formatted(disk.disk(), job.id()));
    }
    return plan;
  }

  /** The points that the plans build on. */
  List<JobId> bases() {
    return plans.values().stream()
        .map(plan -> plan.decision().base())
        .filter(base -> base != null)
        .distinct()
        .map(base -> JobId.parsePoint(base).orElseThrow())
        .toList();
  }

  /** Reads them. What another run clears away meanwhile is missing. */
  static CommitRows read(Catalogue catalogue, Job job) {
    Map<String, DiskPlan> plans = new LinkedHashMap<>();
    Map<String, JsonNode> models = new LinkedHashMap<>();
    JsonNode vm = model(catalogue, job.id(), VM);
    JsonNode nics = model(catalogue, job.id(), NICS);
    if (vm instanceof ObjectNode whole && nics.isArray()) {
      whole.set(NICS_FIELD, nics);
    }
    models.put(VM, vm);
    for (JobDisk disk : job.disks()) {
      catalogue
          .work()
          .sealed(job.id(), disk.disk())
          .ifPresent(plan -> plans.put(disk.disk(), plan));
      models.put(disk.disk(), model(catalogue, job.id(), disk.disk()));
    }
    return new CommitRows(plans, catalogue.work().lanes(job.id()), models);
  }

  private static JsonNode model(Catalogue catalogue, JobId id, String of) {
    try {
      return JSON.readTree(catalogue.held().model(id, of).orElse("{}"));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(
          "the captured model of %s of job %s is no JSON".formatted(of, id), e);
    }
  }
}
