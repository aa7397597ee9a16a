package io.holdfast.local.host;

import static io.holdfast.local.host.Waiting.lines;
import static io.holdfast.local.host.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import com.azure.storage.queue.QueueClient;
import com.azure.storage.queue.models.QueueMessageItem;
import io.holdfast.testing.Azurite;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QueueTriggerTest {
  private static final Duration SOON = Duration.ofSeconds(15);
  @TempDir Path dir;
  private SampleApp app;
  private Path log;

  @BeforeEach
  void prepare() {
    app = new SampleApp(dir.resolve("app"));
    log = dir.resolve("log");
  }

  @Test
  void aMessageIsDecodedRunAndDeleted() throws Exception {
    try (DevHost host = start(600)) {
      send("one", 0, 0);
      awaitEnd("one");
      until("the queue is empty", SOON, () -> count(queue("")) == 0);
      assertThat(lines(log, "start one")).hasSize(1);
      assertThat(lines(log, "start one 1 ")).hasSize(1);
    }
  }

  @Test
  void noMoreRunAtOnceThanBatchSizeAndThresholdAllowAndAsManyDo() throws Exception {
    try (DevHost host = start(600)) {
      for (int i = 0; i < 12; i++) {
        send("p" + i, 250, 0);
      }
      until("all end", SOON, () -> lines(log, "end p").size() == 12);
    }
    assertThat(overlapMax()).isBetween(2, 3); // batchSize 2 + newBatchThreshold 1
  }

  @Test
  void aLeaseIsRenewedWhileTheFunctionRuns() throws Exception {
    try (DevHost host = start(1);
        DevHost other = start(1)) {
      send("long", 3500, 0);
      awaitEnd("long");
      until("the queue is empty", SOON, () -> count(queue("")) == 0);
    }
    assertThat(lines(log, "start long")).hasSize(1);
  }

  @Test
  void afterAFailureTheMessageComesBackWhenItsDelayIsOver() throws Exception {
    app.withQueues("\"visibilityTimeout\":\"00:00:02\",\"maxPollingInterval\":\"00:00:00.200\"");
    try (DevHost host = start(600)) {
      send("again", 0, 2);
      awaitEnd("again");
    }
    List<String> starts = lines(log, "start again");
    assertThat(starts).hasSize(2);
    long pauseNanos = nanos(starts.get(1)) - nanos(starts.get(0));
    assertThat(Duration.ofNanos(pauseNanos)).isBetween(Duration.ofMillis(900), SOON);
    assertThat(lines(log, "end again 2 ")).hasSize(1);
  }

  @Test
  void aMessageThatKeepsFailingGoesToThePoisonQueueAsItIs() throws Exception {
    try (DevHost host = start(600)) {
      send("bad", 0, 100);
      until("it is poison", SOON, () -> exists(queue("-poison")) && count(queue("-poison")) == 1);
      assertThat(lines(log, "start bad")).hasSize(3); // maxDequeueCount
      assertThat(count(queue(""))).isZero();
    }
    QueueMessageItem poison = queue("-poison").receiveMessage();
    assertThat(new String(Base64.getDecoder().decode(poison.getBody().toBytes()), UTF_8))
        .isEqualTo(message("bad", 0, 100));
  }

  @Test
  void aMessageThatCannotBeDecodedGoesToThePoisonQueueAndNotToTheFunction() throws Exception {
    try (DevHost host = start(600)) {
      queue("").sendMessage("{not base64}");
      until("it is poison", SOON, () -> exists(queue("-poison")) && count(queue("-poison")) == 1);
      send("good", 0, 0);
      awaitEnd("good");
    }
    assertThat(queue("-poison").receiveMessage().getBody().toString()).isEqualTo("{not base64}");
  }

  @Test
  void aMessageBecomesAnObjectAndAListOutputBecomesMessages() throws Exception {
    try (DevHost host = start(600)) {
      QueueClient split =
          new Storage().queue(Azurite.shared().connectionString(), app.setting("SAMPLE_SPLIT"));
      split.sendMessage(base64("{\"log\":\"" + log + "\"}"));
      awaitEnd("part-1");
      awaitEnd("part-2");
    }
  }

  @Test
  void stoppingWaitsForWhatRunsAndTakesNothingNew() throws Exception {
    DevHost host = start(600);
    send("running", 1500, 0);
    until("it runs", SOON, () -> lines(log, "start running").size() == 1);
    Thread closer = new Thread(host::close);
    closer.start();
    Thread.sleep(300);
    send("late", 0, 0);
    closer.join();
    assertThat(lines(log, "end running")).hasSize(1);
    assertThat(lines(log, "start late")).isEmpty();
    assertThat(queue("").receiveMessage().getDequeueCount()).isEqualTo(1);
  }

  @Test
  void whatStillRunsWhenTheWaitIsOverIsGivenBack() throws Exception {
    DevHost host = start(600);
    send("slow", 5000, 0);
    until("it runs", SOON, () -> lines(log, "start slow").size() == 1);
    host.close(Duration.ofMillis(100));
    until("it is visible", SOON, () -> queue("").peekMessage() != null);
  }

  private static final java.nio.charset.Charset UTF_8 = StandardCharsets.UTF_8;

  private DevHost start(long leaseSeconds) throws Exception {
    if (!java.nio.file.Files.exists(app.dir())) {
      app.write();
    }
    return DevHost.start(
        new HostOptions(app.dir(), dir.resolve("data"), 0, Duration.ofSeconds(leaseSeconds)),
        Map.of(),
        () -> {});
  }

  private QueueClient queue(String suffix) {
    return new Storage()
        .queue(Azurite.shared().connectionString(), app.setting("SAMPLE_QUEUE") + suffix);
  }

  private void send(String name, long sleepMillis, int failBelow) {
    queue("").sendMessage(base64(message(name, sleepMillis, failBelow)));
  }

  private String message(String name, long sleepMillis, int failBelow) {
    return "{\"log\":\"%s\",\"name\":\"%s\",\"sleepMillis\":%d,\"failBelow\":%d}"
        .formatted(log, name, sleepMillis, failBelow);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }

  private void awaitEnd(String name) throws Exception {
    until(name + " ends", SOON, () -> lines(log, "end " + name + " ").size() == 1);
  }

  private static int count(QueueClient queue) {
    return queue.getProperties().getApproximateMessagesCount();
  }

  private static boolean exists(QueueClient queue) {
    try {
      queue.getProperties();
      return true;
    } catch (com.azure.storage.queue.models.QueueStorageException e) {
      return false;
    }
  }

  private static long nanos(String line) {
    return Long.parseLong(line.substring(line.lastIndexOf(' ') + 1));
  }

  private int overlapMax() throws Exception {
    List<String> all = java.nio.file.Files.readAllLines(log);
    int running = 0;
    int most = 0;
    for (String line : all) {
      running += line.startsWith("start") ? 1 : -1;
      most = Math.max(most, running);
    }
    return most;
  }
}
