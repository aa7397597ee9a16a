package io.holdfast.local.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HttpTriggerTest {
  @TempDir static Path dir;
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static SampleApp app;
  private static DevHost host;

  @BeforeAll
  static void start() throws Exception {
    app = new SampleApp(dir.resolve("app")).write();
    host = start(app, dir.resolve("data"));
  }

  private static DevHost start(SampleApp app, Path data) throws Exception {
    return DevHost.start(
        new HostOptions(app.dir(), data, 0, Duration.ofSeconds(600)), Map.of(), () -> {});
  }

  @AfterAll
  static void stop() {
    host.close();
  }

  @Test
  void theFunctionSeesTheRequestAndItsAnswerGoesBack() throws Exception {
    HttpResponse<String> answer = send("POST", "/api/v1/things/7?vmId=/subscriptions/a%20b", "hi");
    assertThat(answer.statusCode()).isEqualTo(202);
    assertThat(answer.headers().firstValue("Operation-Location")).contains("http://example.org/7");
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
    JsonNode seen = Json.tree(answer.body());
    assertThat(seen.get("function").asText()).isEqualTo("echo");
    assertThat(seen.get("id").asText()).isEqualTo("7");
    assertThat(seen.get("body").asText()).isEqualTo("hi");
    assertThat(seen.get("header").asText()).isEqualTo("yes");
    assertThat(seen.at("/query/vmId").asText()).isEqualTo("/subscriptions/a b");
    assertThat(seen.get("uri").asText())
        .startsWith("http://127.0.0.1:" + host.httpPort() + "/api/v1/things/7");
  }

  @Test
  void anEmptyBodyIsAnEmptyOptional() throws Exception {
    assertThat(Json.tree(send("GET", "/api/v1/things/7", "").body()).get("body").asText())
        .isEqualTo("none");
  }

  @Test
  void instancesComeFromTheAppsInjectorAndClassesFromItsOwnLoader() throws Exception {
    JsonNode seen = Json.tree(send("GET", "/api/v1/things/7", "").body());
    assertThat(seen.get("madeBy").asText()).isEqualTo("injector");
    assertThat(seen.get("loader").asText()).isEqualTo("app");
    assertThat(seen.get("jackson").asText()).isEqualTo("app");
  }

  @Test
  void withoutAnInjectorEachInvocationHasANewInstance() throws Exception {
    SampleApp bare = new SampleApp(dir.resolve("bare")).withoutInjector().write();
    try (DevHost other = start(bare, dir.resolve("bare-data"))) {
      HttpResponse<String> answer =
          HTTP.send(
              HttpRequest.newBuilder(
                      URI.create("http://127.0.0.1:" + other.httpPort() + "/api/v1/things/7"))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(Json.tree(answer.body()).get("madeBy").asText()).isEqualTo("constructor");
    }
  }

  @Test
  void anActionAfterAColonIsARouteOfItsOwn() throws Exception {
    assertThat(send("POST", "/api/v1/things/vm1:cancel", "").body()).isEqualTo("cancelled vm1");
    assertThat(send("POST", "/api/v1/things/vm1%3Acancel", "").body()).isEqualTo("cancelled vm1");
    assertThat(Json.tree(send("GET", "/api/v1/things/vm1:cancel", "").body()).get("id").asText())
        .isEqualTo("vm1:cancel");
  }

  @Test
  void anEncodedSlashReachesTheFunctionInsteadOfBeingRefused() throws Exception {
    HttpResponse<String> answer = send("GET", "/api/v1/things/a%2Fb%3Ac", "");
    assertThat(Json.tree(answer.body()).get("id").asText()).isEqualTo("a%2Fb:c");
  }

  @Test
  void noRouteOrAnotherMethodIsNotFoundAsInAzure() throws Exception {
    assertThat(send("GET", "/api/v1/nothing", "").statusCode()).isEqualTo(404);
    assertThat(send("GET", "/things/7", "").statusCode()).isEqualTo(404);
    assertThat(send("DELETE", "/api/v1/things/7", "").statusCode()).isEqualTo(404);
  }

  @Test
  void aFunctionThatThrowsIsA500WithoutItsMessage() throws Exception {
    HttpResponse<String> answer = send("GET", "/api/v1/broken", "");
    assertThat(answer.statusCode()).isEqualTo(500);
    assertThat(answer.body()).isEmpty();
  }

  @Test
  void theHostSaysThatItRuns() throws Exception {
    assertThat(send("GET", "/admin/host/status", "").body()).isEqualTo("{\"state\":\"Running\"}");
  }

  @Test
  void firingNeedsAKnownFunctionAndAnInput() throws Exception {
    assertThat(send("POST", "/admin/functions/nobody", "{\"input\":\"\"}").statusCode())
        .isEqualTo(404);
    assertThat(send("POST", "/admin/functions/tick", "{}").statusCode()).isEqualTo(400);
    assertThat(send("POST", "/admin/functions/tick", "nonsense").statusCode()).isEqualTo(400);
    assertThat(send("POST", "/admin/functions/echo", "{\"input\":\"\"}").statusCode())
        .isEqualTo(400);
  }

  @Test
  void manyRequestsAreAnsweredAtTheSameTime() {
    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      answers.add(
          HTTP.sendAsync(
              request("POST", "/api/v1/things/" + i, "x"), HttpResponse.BodyHandlers.ofString()));
    }
    for (CompletableFuture<HttpResponse<String>> answer : answers) {
      assertThat(answer.join().statusCode()).isEqualTo(202);
    }
  }

  private static HttpRequest request(String method, String path, String body) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + host.httpPort() + path))
        .header("X-Sample", "yes")
        .method(method, HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  private static HttpResponse<String> send(String method, String path, String body)
      throws IOException, InterruptedException {
    return HTTP.send(request(method, path, body), HttpResponse.BodyHandlers.ofString());
  }
}
