package io.holdfast.function;

import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.azure.functions.HttpMethod;
import com.microsoft.azure.functions.HttpRequestMessage;
import com.microsoft.azure.functions.HttpResponseMessage;
import com.microsoft.azure.functions.HttpStatus;
import com.microsoft.azure.functions.HttpStatusType;
import io.holdfast.fake.World;
import io.holdfast.plan.PolicyPlan;
import io.holdfast.plan.Prices;
import io.holdfast.retention.PointActs;
import io.holdfast.schedule.Fleet;
import io.holdfast.schedule.Policies;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The HTTP functions over a world, and short ways to ask them. */
final class Api {
  static final String BASE = "https://holdfast.example";
  private static final ObjectMapper JSON = new ObjectMapper();

  final BackupsHttp backups;
  final JobsHttp jobs;
  final PointsHttp points;
  final PointActsHttp acts;
  final PoliciesHttp policies;
  final PolicyPlanHttp plans;
  final ItemsHttp items;
  final ProtectionHttp protection;

  /**
   * @param localAuth whether requests need no principal
   */
  Api(World world, boolean localAuth) {
    Endpoint endpoint = new Endpoint(localAuth);
    Policies resource =
        new Policies(world.catalogue, world.vault, java.util.List.of(), "Europe/Berlin");
    JobViews views = new JobViews(world.catalogue);
    backups =
        new BackupsHttp(
            endpoint, world.backup.start(), resource::covering, views, world.clock, world.bag);
    jobs = new JobsHttp(endpoint, world.catalogue, views, world.backup.jobEnd(), world.bag);
    ItemViews itemViews = new ItemViews(world.catalogue, resource, world.disks, world.clock);
    points = new PointsHttp(endpoint, world.catalogue, itemViews);
    acts =
        new PointActsHttp(
            endpoint,
            new PointActs(
                world.catalogue, world.vault, java.time.Duration.ofDays(14), world.clock));
    items =
        new ItemsHttp(
            endpoint,
            world.catalogue,
            world.backup.prechecks(),
            resource,
            itemViews,
            new Fleet(world.catalogue, resource, world.disks),
            world.clock);
    protection = new ProtectionHttp(endpoint, world.catalogue, world.vault, itemViews, world.clock);
    plans =
        new PolicyPlanHttp(
            endpoint,
            resource,
            new PolicyReader("Europe/Berlin", true),
            new PolicyPlan(
                world.catalogue,
                resource,
                new Fleet(world.catalogue, resource, world.disks),
                world.clock),
            Prices.load(),
            java.time.Duration.ofDays(14),
            world.clock);
    policies =
        new PoliciesHttp(endpoint, resource, new PolicyReader("Europe/Berlin", false), world.clock);
  }

  /** An answer as a client sees it. */
  record Answer(int status, Map<String, String> headers, String text) {
    JsonNode body() {
      try {
        return JSON.readTree(text);
      } catch (JsonProcessingException e) {
        throw new AssertionError("no JSON: " + text, e);
      }
    }

    String header(String name) {
      return headers.get(name);
    }

    JsonNode error() {
      return body().path("error");
    }
  }

  static Answer answer(HttpResponseMessage message) {
    Built built = (Built) message;
    return new Answer(built.status.value(), built.headers, String.valueOf(built.body));
  }

  /** A principal as App Service's authentication hands it on. */
  static String principal(String... roles) {
    StringBuilder claims = new StringBuilder("{\"typ\":\"name\",\"val\":\"Ann\"}");
    for (String role : roles) {
      claims.append(",{\"typ\":\"roles\",\"val\":\"").append(role).append("\"}");
    }
    String principal = "{\"auth_typ\":\"aad\",\"claims\":[" + claims + "]}";
    return Base64.getEncoder().encodeToString(principal.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * A request.
   *
   * @param pathAndQuery behind the base, as the client wrote it; parameters are not decoded here
   * @param headers names and values in turns
   */
  @SuppressWarnings("unchecked")
  static HttpRequestMessage<Optional<String>> request(
      String pathAndQuery, String body, String... headers) {
    HttpRequestMessage<Optional<String>> request = mock(HttpRequestMessage.class);
    Map<String, String> all = new LinkedHashMap<>();
    for (int i = 0; i < headers.length; i += 2) {
      all.put(headers[i], headers[i + 1]);
    }
    URI uri = URI.create(BASE + pathAndQuery);
    Map<String, String> query = new TreeMap<>();
    if (uri.getRawQuery() != null) {
      for (String pair : uri.getQuery().split("&", -1)) {
        int equals = pair.indexOf('=');
        query.put(pair.substring(0, equals), pair.substring(equals + 1));
      }
    }
    when(request.getHeaders()).thenReturn(all);
    when(request.getUri()).thenReturn(uri);
    when(request.getQueryParameters()).thenReturn(query);
    when(request.getHttpMethod()).thenReturn(HttpMethod.GET);
    when(request.getBody()).thenReturn(Optional.ofNullable(body));
    when(request.createResponseBuilder(any(HttpStatus.class)))
        .thenAnswer(call -> new Built(call.getArgument(0)));
    return request;
  }

  Answer postBackup(String body, String... headers) {
    return answer(backups.post(request("/api/v1/backups", body, headers), Deliveries.context()));
  }

  Answer job(String id) {
    return answer(jobs.get(request("/api/v1/jobs/" + id, null), id, Deliveries.context()));
  }

  Answer cancel(String id, String body, String... headers) {
    return answer(
        jobs.cancel(
            request("/api/v1/jobs/" + id + ":cancel", body, headers), id, Deliveries.context()));
  }

  Answer listItems(String query) {
    return answer(items.list(request("/api/v1/items" + query, null), Deliveries.context()));
  }

  Answer item(String id) {
    return answer(items.get(request("/api/v1/items/" + id, null), id, Deliveries.context()));
  }

  Answer pause(String id, String body) {
    return answer(
        protection.pause(
            request("/api/v1/items/" + id + ":pause", body), id, Deliveries.context()));
  }

  Answer stop(String id, String body) {
    return answer(
        protection.stop(request("/api/v1/items/" + id + ":stop", body), id, Deliveries.context()));
  }

  Answer resume(String id) {
    return answer(
        protection.resume(
            request("/api/v1/items/" + id + ":resume", null), id, Deliveries.context()));
  }

  Answer precheck(String id, String body, String... headers) {
    return answer(
        items.precheck(
            request("/api/v1/items/" + id + ":precheck", body, headers), id, Deliveries.context()));
  }

  Answer resetFreezeGuard(String id, String... headers) {
    return answer(
        items.reset(
            request("/api/v1/items/" + id + ":resetFreezeGuard", null, headers),
            id,
            Deliveries.context()));
  }

  Answer jobs(String query) {
    return answer(jobs.list(request("/api/v1/jobs" + query, null), Deliveries.context()));
  }

  Answer point(String id) {
    return answer(
        points.get(request("/api/v1/recoveryPoints/" + id, null), id, Deliveries.context()));
  }

  /** {@code POST /recoveryPoints/{id}:act}. */
  Answer act(String act, String id, String body, String... headers) {
    HttpRequestMessage<Optional<String>> request =
        request("/api/v1/recoveryPoints/" + id + ":" + act, body, headers);
    return answer(
        switch (act) {
          case "pin" -> acts.pin(request, id, Deliveries.context());
          case "unpin" -> acts.unpin(request, id, Deliveries.context());
          case "hold" -> acts.hold(request, id, Deliveries.context());
          case "release" -> acts.release(request, id, Deliveries.context());
          case "delete" -> acts.delete(request, id, Deliveries.context());
          case "undelete" -> acts.undelete(request, id, Deliveries.context());
          default -> throw new IllegalArgumentException(act);
        });
  }

  Answer points(String query) {
    return answer(
        points.list(request("/api/v1/recoveryPoints" + query, null), Deliveries.context()));
  }

  Answer putPolicy(String name, String body, String... headers) {
    return answer(
        policies.put(request("/api/v1/policies/x", body, headers), name, Deliveries.context()));
  }

  Answer plan(String name, String query, String body, String... headers) {
    return answer(
        plans.plan(
            request("/api/v1/policies/" + name + ":plan" + query, body, headers),
            name,
            Deliveries.context()));
  }

  Answer getPolicy(String name) {
    return answer(policies.get(request("/api/v1/policies/x", null), name, Deliveries.context()));
  }

  Answer listPolicies() {
    return answer(policies.list(request("/api/v1/policies", null), Deliveries.context()));
  }

  Answer deletePolicy(String name, String... headers) {
    return answer(
        policies.delete(request("/api/v1/policies/x", null, headers), name, Deliveries.context()));
  }

  /** What the host's builder makes. */
  private static final class Built implements HttpResponseMessage, HttpResponseMessage.Builder {
    private HttpStatusType status;
    private final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private Object body = "";

    private Built(HttpStatusType status) {
      this.status = status;
    }

    @Override
    public Builder status(HttpStatusType changed) {
      status = changed;
      return this;
    }

    @Override
    public Builder header(String key, String value) {
      headers.put(key, value);
      return this;
    }

    @Override
    public Builder body(Object changed) {
      body = changed;
      return this;
    }

    @Override
    public HttpResponseMessage build() {
      return this;
    }

    @Override
    public HttpStatusType getStatus() {
      return status;
    }

    @Override
    public String getHeader(String key) {
      return headers.get(key);
    }

    @Override
    public Object getBody() {
      return body;
    }
  }
}
