package io.holdfast.local.host;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Function;

/** The host's own routes: its state, and firing a function without its trigger. */
final class Admin {
  private final Map<String, LoadedFunction> functions;
  private final Function<LoadedFunction, String> timerInfo;
  private final FunctionRunner runner;
  private final Executor workers;

  /**
   * @param functions by lower-case name
   * @param timerInfo the timer text of a timer function
   */
  Admin(
      Map<String, LoadedFunction> functions,
      Function<LoadedFunction, String> timerInfo,
      FunctionRunner runner,
      Executor workers) {
    this.functions = functions;
    this.timerInfo = timerInfo;
    this.runner = runner;
    this.workers = workers;
  }

  /** Answers a path that begins with "admin". */
  HttpCall.Answer answer(String method, List<String> path, byte[] body) {
    String route = String.join("/", path).toLowerCase(Locale.ROOT);
    if (method.equals("GET") && route.equals("admin/host/status")) {
      return json(200, Json.MAPPER.createObjectNode().put("state", "Running"));
    }
    if (method.equals("POST") && path.size() == 3 && route.startsWith("admin/functions/")) {
      return fire(path.get(2), body);
    }
    return HttpFront.status(404);
  }

  private HttpCall.Answer fire(String name, byte[] body) {
    LoadedFunction function = functions.get(name.toLowerCase(Locale.ROOT));
    if (function == null) {
      return json(404, message("There is no function '%s'.".formatted(name)));
    }
    String type = function.spec().trigger().type();
    if (type.equals("httpTrigger")) {
      return json(400, message("Function '%s' is called by its route.".formatted(name)));
    }
    String input;
    try {
      JsonNode json = Json.tree(new String(body, StandardCharsets.UTF_8));
      if (!json.path("input").isTextual()) {
        return json(400, message("The body must be {\"input\":\"...\"}."));
      }
      input = json.path("input").asText();
    } catch (JsonProcessingException e) {
      return json(400, message("The body is no JSON; it must be {\"input\":\"...\"}."));
    }
    String text = type.equals("timerTrigger") ? timerInfo.apply(function) : input;
    // A message that was never in a queue: first delivery, and an id of its own.
    Map<String, String> named =
        Map.of("QueueTrigger", text, "DequeueCount", "1", "Id", UUID.randomUUID().toString());
    workers.execute(() -> run(function, new TriggerInput(text, named)));
    return HttpFront.status(202);
  }

  private void run(LoadedFunction function, TriggerInput input) {
    try {
      runner.run(function, input);
    } catch (FunctionRunner.FunctionFailed logged) {
      // Nobody waits for the answer; the failure is in the log, as in Azure.
      return;
    }
  }

  private static JsonNode message(String text) {
    return Json.MAPPER.createObjectNode().put("message", text);
  }

  private static HttpCall.Answer json(int status, JsonNode body) {
    HttpCall.Answer answer = HttpFront.status(status);
    answer.header("Content-Type", "application/json; charset=utf-8").body(body);
    return answer;
  }
}
