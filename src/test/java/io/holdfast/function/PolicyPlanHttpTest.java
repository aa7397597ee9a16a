package io.holdfast.function;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.fake.MemoryVm;
import io.holdfast.fake.World;
import io.holdfast.function.Api.Answer;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a policy would do if it were put. Begins on 2 March 2026 at 10:00 UTC. */
class PolicyPlanHttpTest {
  private final World world = new World();
  private final MemoryVm vm = world.vm("vm1");
  private final Api api = new Api(world, true);

  @AfterEach
  void theWorldIsInOrder() {
    world.run();
    world.close();
  }

  private static String policy(MemoryVm vm, String more) {
    return "{\"selector\":{\"ids\":[\"%s\"]},\"schedule\":{\"cron\":\"0 2 * * *\",\"zone\":\"UTC\"},%s}"
        .formatted(vm.id(), more);
  }

  private List<String> days(int days) {
    List<String> ids = new ArrayList<>();
    for (int day = 0; day < days; day++) {
      ids.add(world.backUp(vm, 0).id().pointId());
      vm.get("os").scribble(new Random(day), 4096 * day, 4096);
      world.advance(Duration.ofDays(1));
    }
    return ids;
  }

  private static List<String> ids(JsonNode points) {
    List<String> ids = new ArrayList<>();
    points.forEach(point -> ids.add(point.path("id").asText()));
    return ids;
  }

  @Test
  void a_shorter_rule_says_which_points_it_would_let_go_and_changes_nothing() {
    api.putPolicy("daily", policy(vm, "\"retention\":{\"daily\":10}"));
    List<String> ids = days(5);
    String before = api.getPolicy("daily").text();

    Answer plan = api.plan("daily", "", policy(vm, "\"retention\":{\"daily\":2}"));

    assertThat(plan.status()).isEqualTo(200);
    JsonNode item = plan.body().path("value").get(0);
    assertThat(ids(item.path("pointsExpiring")))
        .containsExactly(ids.get(2), ids.get(1), ids.get(0));
    assertThat(item.path("pointsExpiring").get(0).path("reason").asText())
        .contains("older than the 2 newest days");
    assertThat(item.path("pointsExpiring").get(0).path("sizeBytes").asLong()).isPositive();
    assertThat(item.path("pointsAfter").asInt()).isEqualTo(2);
    assertThat(plan.body().path("deletion").path("purgedNotBefore").asText())
        .isEqualTo(world.clock.instant().plus(Duration.ofDays(14)).toString());
    assertThat(plan.body().path("totals").path("pointsExpiring").asInt()).isEqualTo(3);
    assertThat(plan.body().path("totals").path("bytesStoredExpiring").asLong()).isPositive();
    assertThat(api.getPolicy("daily").text()).isEqualTo(before);
    assertThat(world.points(vm)).allMatch(RecoveryPoint::available);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void what_it_says_is_what_happens(int seed) {
    Random random = new Random(seed);
    api.putPolicy("p", policy(vm, "\"retention\":{\"latest\":50}"));
    for (int i = 0; i < 12; i++) {
      world.backUp(vm, 0);
      world.advance(Duration.ofHours(1 + random.nextInt(60)));
    }
    String rule =
        "\"retention\":{\"latest\":%d,\"daily\":%d,\"weekly\":%d,\"monthly\":1}"
            .formatted(random.nextInt(3), random.nextInt(5), random.nextInt(3));
    JsonNode item = api.plan("p", "", policy(vm, rule)).body().path("value").get(0);

    assertThat(api.putPolicy("p", policy(vm, rule)).status()).isEqualTo(200);
    world.bag.accept(Next.now(new Task.Retain(vm.itemId())));
    world.run();

    List<String> gone =
        world.points(vm).stream()
            .filter(point -> !point.available())
            .map(RecoveryPoint::id)
            .toList();
    assertThat(new TreeSet<>(ids(item.path("pointsExpiring")))).isEqualTo(new TreeSet<>(gone));
    assertThat(item.path("pointsAfter").asInt()).isEqualTo(12 - gone.size());
  }

  @Test
  void it_says_whom_it_gains_and_whom_it_loses_and_to_which_policy() {
    MemoryVm other = world.vm("vm2").tag("env", "prod");
    api.putPolicy("daily", policy(vm, "\"priority\":5"));

    JsonNode plan =
        api.plan(
                "daily",
                "",
                "{\"selector\":{\"tags\":{\"env\":\"prod\"},\"subscriptions\":[\"%s\"]},\"schedule\":{\"cron\":\"0 2 * * *\"}}"
                    .formatted(MemoryVm.SUBSCRIPTION))
            .body();

    assertThat(plan.path("items").path("affected").asInt()).isEqualTo(2);
    assertThat(plan.path("items").path("gained").asInt()).isEqualTo(1);
    assertThat(plan.path("items").path("lost").asInt()).isEqualTo(1);
    for (JsonNode item : plan.path("value")) {
      boolean gained = item.path("itemId").asText().equals(other.itemId());
      assertThat(item.path("policyBefore").asText(null)).isEqualTo(gained ? null : "daily");
      assertThat(item.path("policyAfter").asText(null)).isEqualTo(gained ? "daily" : null);
      assertThat(item.path("nextRun").isNull()).isEqualTo(!gained);
    }
  }

  @Test
  void it_says_what_a_day_reads_and_what_a_month_costs_with_each_price_s_source() {
    api.putPolicy("daily", policy(vm, "\"retention\":{\"daily\":10}"));
    JsonNode unknown = api.plan("daily", "", null).body();
    assertThat(unknown.path("value").get(0).path("day").path("bytesRead").isNull()).isTrue();
    assertThat(unknown.path("value").get(0).path("day").path("unknown").asText())
        .contains("no backup yet");
    assertThat(unknown.path("costs").path("monthly").asDouble()).isZero();
    days(3);

    JsonNode compare = api.plan("daily", "", null).body();
    JsonNode diff = api.plan("daily", "", policy(vm, "\"instantRestoreDays\":1")).body();

    JsonNode day = compare.path("value").get(0).path("day");
    assertThat(day.path("backups").asDouble()).isEqualTo(1);
    assertThat(day.path("bytesRead").asLong()).isGreaterThan(day.path("bytesTransferred").asLong());
    assertThat(diff.path("value").get(0).path("day").path("bytesRead").asLong())
        .as("with a kept snapshot only what changed is read")
        .isEqualTo(day.path("bytesTransferred").asLong());
    for (JsonNode line : compare.path("costs").path("lines")) {
      assertThat(line.path("source").asText()).startsWith("https://azure.microsoft.com/");
      assertThat(line.path("date").asText()).matches("20\\d\\d-\\d\\d-\\d\\d");
      assertThat(line.path("monthly").isNull())
          .as(line.toString())
          .isEqualTo(line.path("price").isNull());
      if (line.path("monthly").isNull()) {
        assertThat(line.path("unknown").asText()).isNotEmpty();
      }
    }
  }

  @Test
  void it_pages_and_refuses_what_a_put_refuses() {
    MemoryVm other = world.vm("vm2");
    api.putPolicy(
        "both",
        "{\"selector\":{\"ids\":[\"%s\",\"%s\"]},\"schedule\":{\"cron\":\"0 2 * * *\"}}"
            .formatted(vm.id(), other.id()));

    JsonNode first = api.plan("both", "?maxpagesize=1", null).body();
    assertThat(first.path("value")).hasSize(1);
    assertThat(first.path("items").path("affected").asInt()).isEqualTo(2);
    String link = first.path("nextLink").asText();
    JsonNode second = api.plan("both", link.substring(link.indexOf('?')), null).body();
    assertThat(second.path("value")).hasSize(1);
    assertThat(second.has("nextLink")).isFalse();
    assertThat(second.path("value").get(0).path("itemId").asText())
        .isGreaterThan(first.path("value").get(0).path("itemId").asText());

    Answer refused = api.plan("both", "", "{\"selector\":{},\"retention\":{\"daily\":0},\"x\":1}");
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.error().path("details").size()).isGreaterThan(2);
    assertThat(api.plan("nothing", "", null).status()).isEqualTo(404);
  }
}
