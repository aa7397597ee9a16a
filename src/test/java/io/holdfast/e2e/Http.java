package io.holdfast.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** JSON over HTTP with the JDK's client. */
final class Http {
  static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private Http() {}

  /** What a server answered; the body is a missing node where there is none. */
  record Answer(HttpResponse<String> response, JsonNode body) {
    int status() {
      return response.statusCode();
    }

    String header(String name) {
      return response.headers().firstValue(name).orElse(null);
    }

    /** The body of a success. */
    JsonNode ok() {
      if (status() / 100 != 2) {
        throw new AssertionError(
            "%s %s answered %d: %s"
                .formatted(response.request().method(), response.uri(), status(), response.body()));
      }
      return body;
    }

    String code() {
      return body.at("/error/code").asText();
    }

    String message() {
      return body.at("/error/message").asText();
    }
  }

  static ObjectNode object() {
    return JSON.createObjectNode();
  }

  static JsonNode get(String url) throws IOException, InterruptedException {
    return send("GET", url, null).ok();
  }

  /**
   * Sends a request.
   *
   * @param body null for none
   * @param headers name, value, name, value...
   */
  static Answer send(String method, String url, String body, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url))
            .timeout(Duration.ofSeconds(60))
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    if (body != null) {
      request.header("Content-Type", "application/json");
    }
    if (headers.length > 0) {
      request.headers(headers);
    }
    HttpResponse<String> answer =
        CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
    boolean json = answer.headers().firstValue("content-type").orElse("").contains("json");
    return new Answer(
        answer,
        json && !answer.body().isBlank() ? JSON.readTree(answer.body()) : JSON.missingNode());
  }
}
