package io.holdfast.local.host;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;

/**
 * What the dev host obeys of host.json, with the real host's defaults.
 *
 * @param routePrefix before every HTTP route, without slashes at its ends; "api" unless set
 * @param functionTimeout how long one invocation may run; 30 minutes unless set
 * @param queues the queue trigger's numbers
 */
record HostJson(String routePrefix, Duration functionTimeout, Queues queues) {

  /**
   * The queue trigger's numbers (azure-functions-host: extensions.queues).
   *
   * @param batchSize messages fetched at once, 1 to 32
   * @param newBatchThreshold fetch again when no more than this many run
   * @param visibilityTimeout how long a message stays hidden after its function failed
   * @param dequeueCountMax tries of a message before it goes to the poison queue
   * @param pollingIntervalMax the longest pause between two looks at an empty queue
   * @param base64 whether message bodies are base64 text
   */
  record Queues(
      int batchSize,
      int newBatchThreshold,
      Duration visibilityTimeout,
      int dequeueCountMax,
      Duration pollingIntervalMax,
      boolean base64) {}

  /** What "-1", no limit, becomes. */
  private static final Duration UNBOUNDED = Duration.ofDays(365);

  static HostJson of(JsonNode json) {
    JsonNode http = json.path("extensions").path("http");
    JsonNode queues = json.path("extensions").path("queues");
    int batchSize = whole(queues, "batchSize", 16, 1, 32);
    String encoding = queues.path("messageEncoding").asText("base64");
    if (!encoding.equalsIgnoreCase("base64") && !encoding.equalsIgnoreCase("none")) {
      throw HostFailure.configuration(
          "host.json: extensions.queues.messageEncoding is '"
              + encoding
              + "', but must be base64 or none.",
          null);
    }
    return new HostJson(
        http.path("routePrefix").asText("api").replaceAll("^/+|/+$", ""),
        json.path("functionTimeout").asText().equals("-1")
            ? UNBOUNDED
            : span(json, "functionTimeout", Duration.ofMinutes(30)),
        new Queues(
            batchSize,
            whole(queues, "newBatchThreshold", batchSize / 2, 0, 1000),
            span(queues, "visibilityTimeout", Duration.ZERO),
            whole(queues, "maxDequeueCount", 5, 1, 10_000),
            span(queues, "maxPollingInterval", Duration.ofMinutes(1)),
            encoding.equalsIgnoreCase("base64")));
  }

  private static int whole(JsonNode parent, String field, int absent, int least, int most) {
    JsonNode node = parent.path(field);
    if (node.isMissingNode()) {
      return absent;
    }
    if (!node.canConvertToInt() || node.asInt() < least || node.asInt() > most) {
      throw HostFailure.configuration(
          "host.json: %s is %s, but must be a whole number from %d to %d."
              .formatted(field, node, least, most),
          null);
    }
    return node.asInt();
  }

  private static Duration span(JsonNode parent, String field, Duration absent) {
    JsonNode node = parent.path(field);
    if (node.isMissingNode()) {
      return absent;
    }
    return TimeSpans.parse(node.asText())
        .orElseThrow(
            () ->
                HostFailure.configuration(
                    "host.json: %s is %s, but must be a time span as hh:mm:ss."
                        .formatted(field, node),
                    null));
  }
}
