package io.holdfast.local.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JobWatchTest {
  private static final long MIB = 1 << 20;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final AtomicInteger asked = new AtomicInteger();
  private HttpServer server;
  private String end = "";

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/jobs/7",
        exchange -> {
          byte[] body = job(asked.getAndIncrement()).getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void eachDiskHasALineWithBytesRateAndTimeLeft() throws Exception {
    end = "\"status\":\"Completed\"";
    assertThat(watch().path("status").asText()).isEqualTo("Completed");
    assertThat(printed.toString(StandardCharsets.UTF_8).lines())
        .anySatisfy(line -> assertThat(line).contains("os").contains("256/256 MiB").contains("/s"))
        .anySatisfy(line -> assertThat(line).contains("lun0").contains("128/128 MiB"))
        .filteredOn(line -> line.contains("100%"))
        .hasSize(2);
  }

  @Test
  void aJobThatFailsSaysItsError() {
    end = "\"status\":\"Failed\",\"error\":{\"code\":\"VaultFull\",\"message\":\"no room\"}";
    assertThatThrownBy(this::watch).hasMessageContaining("VaultFull");
  }

  private com.fasterxml.jackson.databind.JsonNode watch() throws Exception {
    PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/jobs/7";
    return new JobWatch(new JsonClient(), out, false).await(url, Duration.ofSeconds(20));
  }

  private String job(int look) {
    if (look == 0) {
      return "{\"status\":\"Queued\",\"disks\":[{\"disk\":\"os\",\"bytesTotal\":0,\"bytesRead\":0}]}";
    }
    long done = Math.min(8, look) * 32 * MIB;
    String status = look < 8 ? "\"status\":\"InProgress\"" : end;
    return "{%s,\"disks\":[%s,%s]}"
        .formatted(status, disk("os", done, 256 * MIB), disk("lun0", done / 2, 128 * MIB));
  }

  private static String disk(String name, long read, long total) {
    return "{\"disk\":\"%s\",\"bytesTotal\":%d,\"bytesRead\":%d}".formatted(name, total, read);
  }
}
