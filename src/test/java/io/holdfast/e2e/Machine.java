package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.e2e.Sparse.Range;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A VM of the simulated Azure, its guest, and the record of what each recovery point must hold: the
 * test's own copies of the disks, taken before the backup was asked for.
 */
final class Machine {
  private static final String GROUP =
      "/subscriptions/00000000-0000-0000-0000-0000000000e2/resourceGroups/e2e";
  private static final String COMPUTE = GROUP + "/providers/Microsoft.Compute/";
  private static final String DISK_API = "?api-version=2025-01-02";
  private static final String VM_API = "?api-version=2025-04-01";
  private static final Duration PROVISIONED_MAX = Duration.ofSeconds(60);
  private static final int PAUSE_MILLIS = 100;

  private final Stack stack;
  private final String name;
  private final Map<String, Long> sizes;
  private final Map<String, List<Range>> busyPlaces = new TreeMap<>();

  /** Point id to disk to copy. */
  private final Map<String, Map<String, Path>> copies = new TreeMap<>();

  private final Random random;
  private String itemId;
  private int copiesTaken;

  private Machine(Stack stack, String name, Map<String, Long> sizes) {
    this.stack = stack;
    this.name = name;
    this.sizes = sizes;
    this.random = new Random(name.hashCode());
  }

  /**
   * Makes a VM with empty disks.
   *
   * @param sizes of its disks in bytes, by {@code os} and {@code lunN}
   */
  static Machine create(Stack stack, String name, Map<String, Long> sizes)
      throws IOException, InterruptedException {
    Machine machine = new Machine(stack, name, new TreeMap<>(sizes));
    for (Map.Entry<String, Long> disk : machine.sizes.entrySet()) {
      ObjectNode body = Http.object().put("location", "westeurope");
      body.putObject("sku").put("name", "Premium_LRS");
      ObjectNode properties = body.putObject("properties");
      properties.putObject("creationData").put("createOption", "Empty");
      properties.put("diskSizeBytes", disk.getValue());
      machine.put(machine.diskId(disk.getKey()) + DISK_API, body);
      machine.busyPlaces.put(disk.getKey(), places(disk.getValue()));
    }
    machine.putVm();
    return machine;
  }

  /** Small places at the start, in the middle and at the end, none on a chunk's boundary. */
  private static List<Range> places(long size) {
    long length = Math.min(600_000, size / 8);
    return List.of(
        new Range(8_192, length),
        new Range(size / 2 - length - 4_097, length),
        new Range(size - length, length));
  }

  /** Makes the VM's resource; again after {@link #deleteVm}, with the disks as they are. */
  void putVm() throws IOException, InterruptedException {
    ObjectNode vm = Http.object().put("location", "westeurope");
    ObjectNode properties = vm.putObject("properties");
    properties.putObject("hardwareProfile").put("vmSize", "Standard_D2s_v5");
    ObjectNode storage = properties.putObject("storageProfile");
    ArrayNode data = Http.JSON.createArrayNode();
    for (String disk : sizes.keySet()) {
      ObjectNode node = disk.equals("os") ? storage.putObject("osDisk") : data.addObject();
      if (disk.equals("os")) {
        node.put("osType", "Linux");
      } else {
        node.put("lun", Integer.parseInt(disk.substring("lun".length())));
      }
      node.put("createOption", "Attach").put("name", diskName(disk));
      node.putObject("managedDisk").put("id", diskId(disk));
    }
    storage.set("dataDisks", data);
    properties
        .putObject("networkProfile")
        .putArray("networkInterfaces")
        .addObject()
        .put("id", GROUP + "/providers/Microsoft.Network/networkInterfaces/" + name + "-nic");
    put(id() + VM_API, vm);
    JsonNode made = Http.get(stack.arm() + id() + VM_API);
    itemId = made.at("/properties/vmId").asText().toLowerCase(Locale.ROOT);
    stack.expectItem(itemId);
  }

  /** The id of the protected item that the VM is. */
  String itemId() {
    return itemId;
  }

  void deleteVm() throws IOException, InterruptedException {
    await(Http.send("DELETE", stack.arm() + id() + VM_API, null));
  }

  void deallocate() throws IOException, InterruptedException {
    await(Http.send("POST", stack.arm() + id() + "/deallocate" + VM_API, ""));
  }

  /** Looks at a long-running operation until it has ended. */
  private void await(Http.Answer asked) throws IOException, InterruptedException {
    asked.ok();
    String operation = asked.header("Azure-AsyncOperation");
    String status;
    do {
      Thread.sleep(PAUSE_MILLIS);
      status = Http.get(operation).path("status").asText();
    } while (status.equals("InProgress"));
    assertThat(status).isEqualTo("Succeeded");
  }

  private void put(String path, JsonNode body) throws IOException, InterruptedException {
    Http.send("PUT", stack.arm() + path, body.toString()).ok();
    long deadlineNanos = System.nanoTime() + PROVISIONED_MAX.toNanos();
    String state = "";
    while (!state.equals("Succeeded")) {
      assertThat(System.nanoTime()).as("%s is %s", path, state).isLessThan(deadlineNanos);
      Thread.sleep(PAUSE_MILLIS);
      state = Http.get(stack.arm() + path).at("/properties/provisioningState").asText();
    }
  }

  String id() {
    return COMPUTE + "virtualMachines/" + name;
  }

  private String diskName(String disk) {
    return name + "-" + disk;
  }

  private String diskId(String disk) {
    return COMPUTE + "disks/" + diskName(disk);
  }

  /** The raw file that is a disk's content. */
  Path file(String disk) {
    return stack.data().resolve("disks").resolve(diskName(disk) + ".raw");
  }

  /** Where the guest writes while a job runs; by default three small places of each disk. */
  void busyAt(String disk, List<Range> places) {
    busyPlaces.put(disk, places);
  }

  /** The guest writes bytes that do not compress. */
  void write(String disk, long offset, int length) throws IOException {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    Sparse.write(file(disk), offset, bytes);
  }

  /** Copies of all disks as they are now. */
  Map<String, Path> copyDisks() throws IOException {
    Map<String, Path> made = new LinkedHashMap<>();
    copiesTaken++;
    for (String disk : sizes.keySet()) {
      Path copy =
          Programs.scratch().resolve("%s-copy-%d.raw".formatted(diskName(disk), copiesTaken));
      Files.deleteIfExists(copy);
      Sparse.copy(file(disk), copy);
      made.put(disk, copy);
    }
    return made;
  }

  /** Asks for a backup over HTTP, with copies taken just before. */
  RunningJob start() throws IOException, InterruptedException {
    Map<String, Path> before = copyDisks();
    Http.Answer answer = requestBackup();
    assertThat(answer.status()).as(answer.response().body()).isEqualTo(202);
    return follow(answer.body().path("id").asText(), before);
  }

  /**
   * Asks for a backup over HTTP.
   *
   * @param headers name, value, name, value...
   */
  Http.Answer requestBackup(String... headers) throws IOException, InterruptedException {
    return Http.send(
        "POST", stack.api() + "/backups", Http.object().put("vmId", id()).toString(), headers);
  }

  /** Follows a job whose snapshot must hold what the copies hold. */
  RunningJob follow(String jobId, Map<String, Path> before) {
    Map<Path, List<Range>> places = new LinkedHashMap<>();
    busyPlaces.forEach((disk, ranges) -> places.put(file(disk), ranges));
    return new RunningJob(stack, this, jobId, before, places);
  }

  /** A backup from the request to its end; the guest writes all the time. */
  JsonNode backUp() throws IOException, InterruptedException {
    try (RunningJob job = start()) {
      return job.await("Completed");
    }
  }

  /** Puts a policy with a slot a day, which is due at once, or within a minute. */
  void putPolicy(int instantRestoreDays) throws IOException, InterruptedException {
    // A slot of the minute in which the policy is put is due; one of the minute before is not.
    LocalTime due = LocalTime.now(ZoneOffset.UTC).plusSeconds(15);
    putPolicy("%d %d * * *".formatted(due.getMinute(), due.getHour()), instantRestoreDays);
  }

  /** Puts the VM's policy; by it go on-demand backups, too. */
  void putPolicy(String cron, int instantRestoreDays) throws IOException, InterruptedException {
    ObjectNode policy = Http.object();
    policy.putObject("selector").putArray("ids").add(id());
    policy.putObject("schedule").put("cron", cron).put("zone", "UTC");
    policy.put("instantRestoreDays", instantRestoreDays);
    // Several backups in one day: a rule by days would keep the last of them only.
    policy.putObject("retention").put("latest", 100);
    Http.send("PUT", stack.api() + "/policies/" + name, policy.toString()).ok();
  }

  void deletePolicy() throws IOException, InterruptedException {
    Http.send("DELETE", stack.api() + "/policies/" + name, null).ok();
  }

  /** The VM's jobs, newest first. */
  List<JsonNode> jobs() throws IOException, InterruptedException {
    return list("/jobs?vmId=" + id());
  }

  /** The VM's recovery points, newest first. */
  List<JsonNode> points() throws IOException, InterruptedException {
    return list("/recoveryPoints?vmId=" + id());
  }

  private List<JsonNode> list(String route) throws IOException, InterruptedException {
    List<JsonNode> values = new ArrayList<>();
    Http.get(stack.api() + route).path("value").forEach(values::add);
    return values;
  }

  void remember(String pointId, Map<String, Path> before) {
    copies.put(pointId, before);
  }

  /** The copies that a point must equal. */
  Map<String, Path> copiesOf(String pointId) {
    return copies.get(pointId);
  }

  /** Bytes of the chunks in which two points' disks differ, counted on the test's copies. */
  long changedBytes(String olderPoint, String newerPoint) throws IOException {
    long bytes = 0;
    for (String disk : sizes.keySet()) {
      int chunks =
          Sparse.changedChunks(copiesOf(olderPoint).get(disk), copiesOf(newerPoint).get(disk))
              .cardinality();
      bytes += (long) chunks * Sparse.CHUNK_BYTES;
    }
    return bytes;
  }

  /** The invariant: each point that the API reports exports equal to its copies. */
  void assertEveryPointEqualsItsCopies() throws IOException, InterruptedException {
    List<String> reported = points().stream().map(point -> point.path("id").asText()).toList();
    assertThat(reported).containsExactlyInAnyOrderElementsOf(copies.keySet());
    for (String point : reported) {
      for (String disk : sizes.keySet()) {
        Path exported = export(point, disk, "raw");
        long mismatch = Sparse.mismatch(copiesOf(point).get(disk), exported);
        assertThat(mismatch)
            .as("point %s, disk %s: first byte that differs", point, disk)
            .isNegative();
        Files.delete(exported);
      }
    }
  }

  /** Exports a disk by the packaged command line. */
  Path export(String point, String disk, String format) throws IOException, InterruptedException {
    Path out = Programs.scratch().resolve("%s-export.%s".formatted(diskName(disk), format));
    Files.deleteIfExists(out);
    List<String> command = new ArrayList<>(List.of("point", "export", "--vault", stack.vault()));
    command.addAll(stack.keyOption());
    command.addAll(List.of("--point", point, "--disk", disk));
    command.addAll(List.of("--out", out.toString(), "--format", format));
    Programs.Ended ended = Programs.cli(command.toArray(String[]::new));
    assertThat(ended.exit()).as(ended.stderr()).isZero();
    return out;
  }

  /** Removes the copies. */
  void forget() throws IOException {
    for (Map<String, Path> point : copies.values()) {
      for (Path copy : point.values()) {
        Files.deleteIfExists(copy);
      }
    }
  }
}
