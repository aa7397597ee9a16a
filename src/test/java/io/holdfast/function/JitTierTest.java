package io.holdfast.function;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JitTierTest {
  private static final Logger LOG = Logger.getLogger(JitTier.class.getName());

  private final List<LogRecord> logged = new ArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          logged.add(record);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  /** Started as the worker starts Java, with a later flag or without. */
  static final class Main {
    private Main() {}

    public static void main(String[] args) {
      System.out.print(JitTier.report());
    }
  }

  @BeforeEach
  void listen() {
    LOG.addHandler(handler);
  }

  @AfterEach
  void stopListening() {
    LOG.removeHandler(handler);
  }

  @Test
  void saysWhatToSetWhenThereIsTheQuickCompilerOnly() {
    assertThat(JitTier.report(OptionalInt.of(1))).isEqualTo("JIT tier 1");

    assertThat(logged).hasSize(1);
    assertThat(logged.get(0).getLevel()).isEqualTo(Level.WARNING);
    assertThat(logged.get(0).getMessage())
        .contains("up to tier 1 only")
        .contains("JAVA_OPTS and languageWorkers__java__arguments to -XX:TieredStopAtLevel=4");
  }

  @Test
  void doesNotWarnWithBothCompilers() {
    assertThat(JitTier.report(OptionalInt.of(4))).isEqualTo("JIT tier 4");

    assertThat(logged).isEmpty();
  }

  @Test
  void doesNotKeepTheAppFromStartingOnAJvmThatDoesNotSay() {
    assertThat(JitTier.report(OptionalInt.empty())).isEqualTo("JIT tier unknown");

    assertThat(logged).isEmpty();
  }

  @Test
  void findsTheFlagOfTheWorkerAndTheLaterFlagThatWins() throws Exception {
    assertThat(reported("-XX:TieredStopAtLevel=1")).isEqualTo("JIT tier 1");
    assertThat(reported("-XX:TieredStopAtLevel=1", "-XX:TieredStopAtLevel=4"))
        .isEqualTo("JIT tier 4");
  }

  @Test
  void theLocalSettingsCarryWhatTheWarningAsksFor() throws IOException {
    JsonNode values =
        new ObjectMapper().readTree(Path.of("local.settings.json").toFile()).path("Values");

    for (String setting : List.of("JAVA_OPTS", "languageWorkers__java__arguments")) {
      assertThat(JitTier.REMEDY).contains(setting).endsWith(" " + values.path(setting).asText());
    }
    assertThat(values.path("JAVA_OPTS").asText()).isNotEmpty();
  }

  private static String reported(String... flags) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(flags));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    Process java =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String said = new String(java.getInputStream().readAllBytes());
    assertThat(java.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return said;
  }
}
