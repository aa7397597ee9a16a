package io.holdfast.local.host.sample;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.azure.functions.ExecutionContext;
import com.microsoft.azure.functions.HttpMethod;
import com.microsoft.azure.functions.HttpRequestMessage;
import com.microsoft.azure.functions.HttpResponseMessage;
import com.microsoft.azure.functions.HttpStatus;
import com.microsoft.azure.functions.OutputBinding;
import com.microsoft.azure.functions.annotation.BindingName;
import com.microsoft.azure.functions.annotation.HttpTrigger;
import com.microsoft.azure.functions.annotation.QueueOutput;
import com.microsoft.azure.functions.annotation.QueueTrigger;
import com.microsoft.azure.functions.annotation.TimerTrigger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * An app as a user would write one. Tests pack it into a jar and let the dev host load it; it tells
 * them what it saw through files, since it lives in a class loader of its own.
 */
public final class SampleFunctions {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String madeBy;

  public SampleFunctions() {
    this("constructor");
  }

  SampleFunctions(String madeBy) {
    this.madeBy = madeBy;
  }

  /** A message: {"log": file, "name", "sleepMillis", "failBelow": dequeue count}. */
  public void work(
      @QueueTrigger(name = "body", queueName = "%SAMPLE_QUEUE%", connection = "AzureWebJobsStorage")
          String body,
      @BindingName("DequeueCount") long dequeueCount,
      @BindingName("Id") String id,
      @BindingName("InsertionTime") OffsetDateTime inserted,
      ExecutionContext context)
      throws Exception {
    JsonNode message = JSON.readTree(body);
    Path log = Path.of(message.get("log").asText());
    String name = message.path("name").asText();
    note(log, "start " + name + " " + dequeueCount + " " + System.nanoTime());
    context.getLogger().info("works on " + name);
    Thread.sleep(message.path("sleepMillis").asLong());
    if (dequeueCount < message.path("failBelow").asLong()) {
      throw new IllegalStateException("told to fail " + name);
    }
    note(log, "end " + name + " " + dequeueCount + " " + System.nanoTime());
    if (id.isEmpty() || inserted.getYear() < 2020) {
      throw new IllegalStateException("no metadata");
    }
  }

  /** A POJO in, several messages out. */
  public void split(
      @QueueTrigger(
              name = "order",
              queueName = "%SAMPLE_SPLIT%",
              connection = "AzureWebJobsStorage")
          Order order,
      @QueueOutput(name = "parts", queueName = "%SAMPLE_QUEUE%", connection = "AzureWebJobsStorage")
          OutputBinding<List<String>> parts) {
    parts.setValue(
        List.of(
            "{\"log\":\"" + order.log + "\",\"name\":\"part-1\"}",
            "{\"log\":\"" + order.log + "\",\"name\":\"part-2\"}"));
  }

  /** The type of {@link #split}'s message. */
  public static final class Order {
    public String log;
  }

  public void tick(@TimerTrigger(name = "timer", schedule = "%SAMPLE_CRON%") String timer)
      throws Exception {
    JsonNode info = JSON.readTree(timer);
    note(
        Path.of(System.getProperty("sample.ticks", System.getenv("SAMPLE_TICKS"))),
        "tick pastDue=" + info.get("IsPastDue").asBoolean() + " " + System.currentTimeMillis());
  }

  public HttpResponseMessage echo(
      @HttpTrigger(
              name = "request",
              methods = {HttpMethod.GET, HttpMethod.POST},
              route = "things/{id}")
          HttpRequestMessage<Optional<String>> request,
      @BindingName("id") String id,
      ExecutionContext context)
      throws IOException {
    Map<String, Object> seen = new TreeMap<>();
    seen.put("function", context.getFunctionName());
    seen.put("id", id);
    seen.put("body", request.getBody().orElse("none"));
    seen.put("header", request.getHeaders().get("x-sample"));
    seen.put("query", request.getQueryParameters());
    seen.put("uri", request.getUri().toString());
    seen.put("madeBy", madeBy);
    seen.put("setting", String.valueOf(System.getenv("SAMPLE_SETTING")));
    seen.put("loader", String.valueOf(Thread.currentThread().getContextClassLoader().getName()));
    seen.put("jackson", JSON.getClass().getClassLoader().getName());
    return request
        .createResponseBuilder(HttpStatus.ACCEPTED)
        .header("Operation-Location", "http://example.org/" + id)
        .header("Content-Type", "application/json")
        .body(JSON.writeValueAsString(seen))
        .build();
  }

  public HttpResponseMessage cancel(
      @HttpTrigger(name = "request", methods = HttpMethod.POST, route = "things/{id}:cancel")
          HttpRequestMessage<Optional<String>> request,
      @BindingName("id") String id) {
    return request.createResponseBuilder(HttpStatus.OK).body("cancelled " + id).build();
  }

  public String broken(
      @HttpTrigger(name = "request", methods = HttpMethod.GET, route = "broken") String request) {
    throw new IllegalStateException("broken as told");
  }

  private static synchronized void note(Path log, String line) throws IOException {
    Files.writeString(log, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }
}
