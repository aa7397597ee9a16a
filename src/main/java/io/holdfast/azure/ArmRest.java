package io.holdfast.azure;

import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpMethod;
import com.azure.core.http.HttpPipeline;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import com.azure.core.management.exception.ManagementError;
import com.azure.core.management.exception.ManagementException;
import com.azure.core.util.Context;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;

/**
 * GETs of Azure Resource Manager for which a whole client library would be too much: network
 * interfaces, locks, permissions, resource groups. Resources come as JSON, whole.
 */
final class ArmRest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int PAGES_MAX = 1_000;

  private final String endpoint;
  private final HttpPipeline pipeline;

  ArmRest(String endpoint, HttpPipeline pipeline) {
    this.endpoint =
        endpoint.endsWith("/") ? endpoint.substring(0, endpoint.length() - 1) : endpoint;
    this.pipeline = pipeline;
  }

  /**
   * Reads a resource.
   *
   * @throws ManagementException as the SDK's clients throw it
   */
  JsonNode get(String path, String apiVersion) {
    return read(endpoint + path + "?api-version=" + apiVersion);
  }

  /** Reads a list to its end. */
  List<JsonNode> list(String path, String apiVersion) {
    List<JsonNode> all = new ArrayList<>();
    String url = endpoint + path + "?api-version=" + apiVersion;
    for (int page = 0; page < PAGES_MAX && url != null; page++) {
      JsonNode answer = read(url);
      answer.path("value").forEach(all::add);
      url = answer.path("nextLink").isTextual() ? answer.path("nextLink").textValue() : null;
    }
    return all;
  }

  private JsonNode read(String url) {
    HttpRequest request =
        new HttpRequest(HttpMethod.GET, url).setHeader(HttpHeaderName.ACCEPT, "application/json");
    try (HttpResponse response = pipeline.sendSync(request, Context.NONE)) {
      String body = response.getBodyAsBinaryData().toString();
      if (response.getStatusCode() == 200) {
        return JSON.readTree(body);
      }
      JsonNode error = parsed(body).path("error");
      throw new ManagementException(
          "status " + response.getStatusCode(),
          response,
          new ManagementError(
              error.path("code").asText("HttpStatus" + response.getStatusCode()),
              error.path("message").asText("")));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(
          "Azure's answer to %s is no JSON".formatted(AzureFailures.redact(url)), e);
    }
  }

  private static JsonNode parsed(String body) {
    try {
      return JSON.readTree(body);
    } catch (JsonProcessingException e) {
      // A gateway's error page has no code; the status says what there is to say.
      return JSON.createObjectNode();
    }
  }
}
