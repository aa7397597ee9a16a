package io.holdfast.local.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** JSON over HTTP with the JDK's client; an answer that is no success is a {@link DemoFailure}. */
final class JsonClient {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration ANSWER_MAX = Duration.ofSeconds(60);

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  static ObjectNode object() {
    return JSON.createObjectNode();
  }

  JsonNode get(String url) throws DemoFailure, InterruptedException {
    return send("GET", url, HttpRequest.BodyPublishers.noBody());
  }

  JsonNode put(String url, JsonNode body) throws DemoFailure, InterruptedException {
    return send("PUT", url, HttpRequest.BodyPublishers.ofString(body.toString()));
  }

  JsonNode post(String url, JsonNode body) throws DemoFailure, InterruptedException {
    return send("POST", url, HttpRequest.BodyPublishers.ofString(body.toString()));
  }

  void delete(String url) throws DemoFailure, InterruptedException {
    send("DELETE", url, HttpRequest.BodyPublishers.noBody());
  }

  private JsonNode send(String method, String url, HttpRequest.BodyPublisher body)
      throws DemoFailure, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url))
            .timeout(ANSWER_MAX)
            .header("Content-Type", "application/json")
            .method(method, body)
            .build();
    try {
      HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() / 100 != 2) {
        throw new DemoFailure(
            "%s %s answered %d: %s".formatted(method, url, answer.statusCode(), answer.body()));
      }
      return answer.body().isBlank() ? JSON.missingNode() : JSON.readTree(answer.body());
    } catch (IOException e) {
      throw new DemoFailure("%s %s failed: %s".formatted(method, url, e), e);
    }
  }
}
