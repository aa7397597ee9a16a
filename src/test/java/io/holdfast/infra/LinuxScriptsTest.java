package io.holdfast.infra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The scripts that a guest runs around a snapshot, with a program that stands in for the client.
 */
class LinuxScriptsTest {
  private static final Path SCRIPTS = Path.of("docs/linux-scripts").toAbsolutePath();

  /** Answers each line, and ends with its input, as the real one does in batch mode. */
  private static final String LOCKS =
      "echo $$ > \"$HOLDFAST_RUN/client\"; while read -r l; do echo locked; done";

  @TempDir Path folder;

  @BeforeEach
  void needsBash() {
    assumeTrue(
        Files.isExecutable(Path.of("/bin/bash")) && Files.isExecutable(Path.of("/usr/bin/setsid")),
        "bash and setsid are missing");
  }

  private void program(String name, String body) throws IOException {
    Path file = folder.resolve(name);
    Files.writeString(file, "#!/bin/bash\n" + body + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }

  private int run(String script, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(SCRIPTS.resolve(script).toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("PATH", folder + ":" + System.getenv("PATH"));
    builder.environment().put("HOLDFAST_RUN", folder.resolve("run").toString());
    Process process =
        builder.redirectErrorStream(true).redirectOutput(folder.resolve("output").toFile()).start();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("%s ends", script).isTrue();
    return process.exitValue();
  }

  private boolean clientRuns() throws Exception {
    long pid = Long.parseLong(Files.readString(folder.resolve("run/client")).strip());
    Instant until = Instant.now().plus(Duration.ofSeconds(5));
    // A process that nobody waits for stays as a zombie in a container without an init.
    while (isAlive(pid) && Instant.now().isBefore(until)) {
      Thread.sleep(20);
    }
    return isAlive(pid);
  }

  private static boolean isAlive(long pid) throws IOException {
    Path status = Path.of("/proc/" + pid + "/status");
    return Files.exists(status) && !Files.readString(status).contains("State:\tZ");
  }

  @Test
  void the_lock_is_held_until_the_second_script_runs() throws Exception {
    program("mysql", LOCKS);

    assertThat(run("mysql-pre.sh", "10", "60")).isZero();
    long client = Long.parseLong(Files.readString(folder.resolve("run/client")).strip());
    assertThat(isAlive(client)).as("the session outlives the script").isTrue();
    assertThat(run("mysql-post.sh")).isZero();
    assertThat(clientRuns()).isFalse();
    assertThat(run("mysql-post.sh")).as("nothing is held any more").isOne();
  }

  @Test
  void a_lock_that_ended_before_the_snapshot_is_reported() throws Exception {
    program("mysql", LOCKS);

    assertThat(run("mysql-pre.sh", "10", "1")).isZero();
    assertThat(clientRuns()).as("it ends by itself").isFalse();
    Instant until = Instant.now().plus(Duration.ofSeconds(5));
    while (!Files.exists(folder.resolve("run/ended")) && Instant.now().isBefore(until)) {
      Thread.sleep(20);
    }
    assertThat(run("mysql-post.sh")).isOne();
  }

  @Test
  void a_client_that_fails_or_waits_for_too_long_holds_nothing() throws Exception {
    program("mysql", "echo 'Access denied' >&2; exit 1");
    assertThat(run("mysql-pre.sh", "10", "60")).isOne();
    assertThat(Files.readString(folder.resolve("run/err"))).contains("Access denied");

    program("mysql", "echo $$ > \"$HOLDFAST_RUN/client\"; exec sleep 60");
    assertThat(run("mysql-pre.sh", "1", "60")).isEqualTo(2);
    assertThat(clientRuns()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"SELECT 1", "CHECKPOINT", ""})
  void postgresql_is_asked_and_told_to_write(String fails) throws Exception {
    program("runuser", "shift 3; exec \"$@\"");
    program(
        "psql",
        "echo \"${@: -1}\" >> \"%s\"; [ \"${@: -1}\" != \"%s\" ]"
            .formatted(folder.resolve("asked"), fails));

    int code = run("postgresql-pre.sh");

    assertThat(code).isEqualTo(fails.isEmpty() ? 0 : fails.equals("CHECKPOINT") ? 2 : 1);
    assertThat(Files.readAllLines(folder.resolve("asked")))
        .isEqualTo(
            fails.equals("SELECT 1") ? List.of("SELECT 1") : List.of("SELECT 1", "CHECKPOINT"));
    assertThat(run("postgresql-post.sh")).isEqualTo(fails.equals("SELECT 1") ? 1 : 0);
  }

  @Test
  void the_configuration_has_the_extension_s_fields_and_the_page_explains_each() throws Exception {
    JsonNode config =
        new ObjectMapper().readTree(SCRIPTS.resolve("VMSnapshotScriptPluginConfig.json").toFile());
    Set<String> fields = new TreeSet<>();
    config.fieldNames().forEachRemaining(fields::add);

    assertThat(fields)
        .containsExactlyInAnyOrder(
            "pluginName",
            "preScriptLocation",
            "postScriptLocation",
            "preScriptParams",
            "postScriptParams",
            "preScriptNoOfRetries",
            "postScriptNoOfRetries",
            "timeoutInSeconds",
            "continueBackupOnFailure",
            "fsFreezeEnabled",
            "ScriptsExecutionPollTimeSeconds");
    assertThat(config.get("timeoutInSeconds").asInt())
        .as("longer than the scripts wait themselves")
        .isBetween(21, 1800);
    String page = Files.readString(Path.of("docs/linux-scripts.md"));
    fields.remove("pluginName");
    assertThat(fields).allSatisfy(field -> assertThat(page).contains("`" + field + "`"));
  }
}
