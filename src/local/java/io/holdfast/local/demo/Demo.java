package io.holdfast.local.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.local.serve.LocalStack;
import io.holdfast.local.serve.StackConfig;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;

/** The story of the demo against a stack that runs: each method is a step of it. */
final class Demo {
  private static final Duration JOB_MAX = Duration.ofMinutes(5);
  private static final Duration SCHEDULED_MAX = Duration.ofSeconds(100);
  private static final Duration CLEAN_MAX = Duration.ofSeconds(30);
  private static final Duration FIRE_AGAIN = Duration.ofSeconds(3);
  private static final int PAUSE_MILLIS = 200;

  /** The limit that issue 3 sets: what a second backup may send for what has changed. */
  private static final double TRANSFER_RATIO_MAX = 1.2;

  private static final double MIB = 1 << 20;

  private final StackConfig config;
  private final PrintStream out;
  private final JsonClient http = new JsonClient();
  private final JobWatch watch;
  private final Guest guest;
  private final Path scratch;
  private final Path osDisk;
  private final Path dataDisk;
  private String osContent;
  private String dataContent;
  private int steps;

  Demo(LocalStack stack, Path scratch, PrintStream out, boolean terminal) {
    this.config = stack.config();
    this.out = out;
    this.watch = new JobWatch(http, out, terminal);
    this.guest = new Guest(Tools.ofThisMachine(), scratch);
    this.scratch = scratch;
    this.osDisk = DemoVm.file(config.data(), DemoVm.OS_DISK);
    this.dataDisk = DemoVm.file(config.data(), DemoVm.DATA_DISK);
  }

  /** Runs all steps; the first that fails ends it. */
  void run() throws DemoFailure, IOException, InterruptedException {
    makeVm();
    backUpByTimer();
    Chunks osBefore = Chunks.of(osDisk);
    Chunks dataBefore = Chunks.of(dataDisk);
    letGuestWrite();
    long changed =
        Chunks.of(osDisk).changedBytes(osBefore) + Chunks.of(dataDisk).changedBytes(dataBefore);
    Path copy = scratch.resolve("os-before-the-request.raw");
    Files.copy(osDisk, copy, StandardCopyOption.REPLACE_EXISTING);
    String point = backUpOnDemand(changed);
    listPoints();
    export(point, copy);
    showNothingIsLeft();
  }

  private void makeVm() throws DemoFailure, IOException, InterruptedException {
    step("A VM with two disks of 256 MiB, made through the ARM endpoint");
    DemoVm vm = new DemoVm(http, config.arm());
    vm.makeDisk(DemoVm.OS_DISK);
    vm.makeDisk(DemoVm.DATA_DISK);
    vm.makeVm();
    osContent = guest.fillExt4(osDisk);
    dataContent = guest.fillNtfs(dataDisk);
    say("os    " + osContent);
    say("lun0  " + dataContent);
  }

  private void backUpByTimer() throws DemoFailure, InterruptedException {
    step("First backup: a policy whose daily slot is now, and the schedule timer fired at once");
    // A slot of the minute in which the policy is put is due; one of the minute before is not.
    LocalTime due = LocalTime.now(ZoneOffset.UTC).plusSeconds(15);
    ObjectNode policy = JsonClient.object();
    policy.putObject("selector").putArray("ids").add(DemoVm.id());
    policy
        .putObject("schedule")
        .put("cron", "%d %d * * *".formatted(due.getMinute(), due.getHour()))
        .put("zone", "UTC");
    policy.put("instantRestoreDays", 0);
    http.put(config.api() + "/policies/demo", policy);
    String job = scheduledJob();
    report(watch.await(job, JOB_MAX));
    // Its next slot would back the VM up while the guest writes, and the comparison would be off.
    http.delete(config.api() + "/policies/demo");
    for (JsonNode other : jobs()) {
      watch.await(config.api() + "/jobs/" + other.path("id").asText(), JOB_MAX);
    }
  }

  private String scheduledJob() throws DemoFailure, InterruptedException {
    long startNanos = System.nanoTime();
    int fired = 0;
    while (System.nanoTime() - startNanos < SCHEDULED_MAX.toNanos()) {
      if (System.nanoTime() - startNanos >= fired * FIRE_AGAIN.toNanos()) {
        http.post(
            config.host() + "/admin/functions/schedule", JsonClient.object().put("input", ""));
        fired++;
        if (fired == 2) {
          say("no slot is due yet: waiting for the next full minute");
        }
      }
      JsonNode jobs = jobs();
      if (!jobs.isEmpty()) {
        return config.api() + "/jobs/" + jobs.get(0).path("id").asText();
      }
      Thread.sleep(PAUSE_MILLIS);
    }
    throw new DemoFailure(
        "The timer 'schedule' made no job in %d s".formatted(SCHEDULED_MAX.toSeconds()));
  }

  /** The VM's jobs, newest first. */
  private JsonNode jobs() throws DemoFailure, InterruptedException {
    return http.get(config.api() + "/jobs?vmId=" + DemoVm.id()).path("value");
  }

  private void letGuestWrite() throws DemoFailure, IOException, InterruptedException {
    step("The guest writes a little");
    say("os    " + guest.change(osDisk, osContent));
    say("lun0  " + guest.change(dataDisk, dataContent));
  }

  private String backUpOnDemand(long changedBytes) throws DemoFailure, InterruptedException {
    step("Second backup, on demand: only the change is sent");
    JsonNode asked =
        http.post(config.api() + "/backups", JsonClient.object().put("vmId", DemoVm.id()));
    JsonNode job = watch.await(config.api() + "/jobs/" + asked.path("id").asText(), JOB_MAX);
    report(job);
    long sent = sum(job, "bytesTransferred");
    double ratio = changedBytes == 0 ? Double.NaN : sent / (double) changedBytes;
    say(
        "changed %s in chunks of 4 MiB, sent %s: %.2f x the change"
            .formatted(mib(changedBytes), mib(sent), ratio));
    if (!(ratio <= TRANSFER_RATIO_MAX)) {
      throw new DemoFailure(
          "The second backup sent more than %.1f x what has changed".formatted(TRANSFER_RATIO_MAX));
    }
    return job.path("recoveryPointId").asText();
  }

  private void listPoints() throws DemoFailure, InterruptedException {
    step("The recovery points, read from the vault alone");
    cli("point", "list", "--vault", config.vault(), "--output", "table").lines().forEach(this::say);
  }

  private void export(String point, Path copy)
      throws DemoFailure, IOException, InterruptedException {
    step("The newest point's OS disk, exported and compared with a copy taken before the request");
    Path exported = scratch.resolve("os-exported.raw");
    long startNanos = System.nanoTime();
    cli(
        "point",
        "export",
        "--vault",
        config.vault(),
        "--point",
        point,
        "--disk",
        "os",
        "--out",
        exported.toString());
    long mismatch = Files.mismatch(copy, exported);
    if (mismatch >= 0) {
      throw new DemoFailure(
          "The exported disk differs from the guest's at byte %d (%s, %s)"
              .formatted(mismatch, exported, copy));
    }
    say(
        "%d bytes exported in %.1f s: identical"
            .formatted(Files.size(exported), (System.nanoTime() - startNanos) / 1e9));
  }

  private void showNothingIsLeft() throws DemoFailure, InterruptedException {
    step("What is left in Azure: snapshots, restore points, access grants");
    long deadlineNanos = System.nanoTime() + CLEAN_MAX.toNanos();
    JsonNode left = http.get(config.arm() + "/_sim/leftovers");
    while (!isEmpty(left) && System.nanoTime() < deadlineNanos) {
      Thread.sleep(PAUSE_MILLIS);
      left = http.get(config.arm() + "/_sim/leftovers");
    }
    if (!isEmpty(left)) {
      throw new DemoFailure("The backups left something behind: " + left);
    }
    say("nothing: " + left);
  }

  private static boolean isEmpty(JsonNode left) {
    for (JsonNode list : left) {
      if (!list.isEmpty()) {
        return false;
      }
    }
    return true;
  }

  private void report(JsonNode job) {
    for (JsonNode disk : job.path("disks")) {
      say(
          "%-5s %s (%s): read %s, sent %s, stored %s"
              .formatted(
                  disk.path("disk").asText(),
                  disk.path("changeSource").asText(),
                  disk.path("reason").asText(),
                  mib(disk.path("bytesRead").asLong()),
                  mib(disk.path("bytesTransferred").asLong()),
                  mib(disk.path("bytesStored").asLong())));
    }
    for (JsonNode warning : job.path("warnings")) {
      say(
          "warning %s: %s"
              .formatted(warning.path("code").asText(), warning.path("message").asText()));
    }
    say(
        "job %s: %s, %s"
            .formatted(
                job.path("id").asText(),
                job.path("status").asText(),
                job.at("/consistency/achieved").asText("consistency unknown")));
  }

  private String cli(String... arguments) throws DemoFailure, InterruptedException {
    Path jar = StackConfig.target().resolve("holdfast.jar");
    List<String> command = new java.util.ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-jar", jar.toString()));
    command.addAll(List.of(arguments));
    return Tools.run(command);
  }

  private static long sum(JsonNode job, String field) {
    long sum = 0;
    for (JsonNode disk : job.path("disks")) {
      sum += disk.path(field).asLong();
    }
    return sum;
  }

  private static String mib(long bytes) {
    return String.format(Locale.ROOT, "%.1f MiB", bytes / MIB);
  }

  void step(String title) {
    steps++;
    out.printf("%n%d. %s%n", steps, title);
  }

  void say(String text) {
    out.println("   " + text);
  }
}
