package io.holdfast.local.host;

import static io.holdfast.local.host.Waiting.lines;
import static io.holdfast.local.host.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TimerTriggerTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  @TempDir Path dir;
  private Path ticks;

  @BeforeEach
  void prepare() {
    ticks = dir.resolve("ticks");
    System.setProperty("sample.ticks", ticks.toString());
  }

  @AfterEach
  void forget() {
    System.clearProperty("sample.ticks");
  }

  @Test
  void aTimerTicksOnItsSecondsAndNotMoreOften() throws Exception {
    try (DevHost host = start("* * * * * *")) {
      until("three ticks", SOON, () -> lines(ticks, "tick").size() >= 3);
    }
    List<String> seen = lines(ticks, "tick pastDue=false ");
    long first = Long.parseLong(seen.get(0).split(" ")[2]);
    long third = Long.parseLong(seen.get(2).split(" ")[2]);
    assertThat(third - first).isBetween(1500L, 3500L);
  }

  @Test
  void aTimerThatIsNotDueDoesNotRunAtTheStart() throws Exception {
    try (DevHost host = start("0 0 3 1 1 *")) {
      Thread.sleep(300);
    }
    assertThat(lines(ticks, "tick")).isEmpty();
    assertThat(TimerStatus.read(dir.resolve("data/host/timers/tick.json"))).isPresent();
  }

  @Test
  void occurrencesMissedWhileNoHostRanBecomeOneRun() throws Exception {
    start("0 */5 * * * *").close();
    Path file = dir.resolve("data/host/timers/tick.json");
    Instant hourAgo = Instant.now().minus(Duration.ofHours(1));
    new TimerStatus(hourAgo, hourAgo.plusSeconds(300), hourAgo).write(file);
    try (DevHost host = start("0 */5 * * * *")) {
      until("the missed run", SOON, () -> lines(ticks, "tick pastDue=true").size() == 1);
      Thread.sleep(300);
    }
    assertThat(lines(ticks, "tick pastDue=true")).hasSize(1);
    assertThat(TimerStatus.read(file).orElseThrow().next()).isAfter(Instant.now());
  }

  @Test
  void theAdminEndpointFiresATimerAtOnce() throws Exception {
    try (DevHost host = start("0 0 3 1 1 *")) {
      HttpResponse<String> answer =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(
                          URI.create(
                              "http://127.0.0.1:" + host.httpPort() + "/admin/functions/Tick"))
                      .POST(HttpRequest.BodyPublishers.ofString("{\"input\":\"\"}"))
                      .build(),
                  HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(202);
      until("it ran", SOON, () -> lines(ticks, "tick").size() == 1);
    }
  }

  private DevHost start(String cron) throws Exception {
    Path folder = dir.resolve("app");
    if (!Files.exists(folder)) {
      new SampleApp(folder).with("SAMPLE_CRON", cron).write();
    }
    return DevHost.start(
        new HostOptions(folder, dir.resolve("data"), 0, Duration.ofSeconds(600)),
        Map.of(),
        () -> {});
  }
}
