package io.holdfast.function;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.fake.MemoryVm;
import io.holdfast.fake.World;
import io.holdfast.function.Api.Answer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code /policies}: what is taken, what is refused, and who wins. */
class PoliciesHttpTest {
  private static final String NIGHTLY =
      """
      {"selector":{"ids":["%s"]},"schedule":{"cron":"0 2 * * *","zone":"UTC"},
       "instantRestoreDays":2}"""
          .formatted(MemoryVm.idOf("vm1"));

  private final World world = new World();
  private final Api api = new Api(world, true);

  @AfterEach
  void theWorldIsInOrder() {
    world.close();
  }

  private static List<String> targets(Answer answer) {
    List<String> targets = new ArrayList<>();
    answer.error().path("details").forEach(fault -> targets.add(fault.path("target").asText()));
    return targets;
  }

  @Test
  void a_policy_is_put_read_replaced_listed_and_deleted() {
    Answer made = api.putPolicy("nightly", NIGHTLY);
    assertThat(made.status()).isEqualTo(201);
    assertThat(made.header("ETag")).isNotEmpty();

    Answer read = api.getPolicy("nightly");
    assertThat(read.status()).isEqualTo(200);
    assertThat(read.header("ETag")).isEqualTo(made.header("ETag"));
    JsonNode policy = read.body();
    assertThat(policy.path("name").asText()).isEqualTo("nightly");
    assertThat(policy.path("selector").path("ids").path(0).asText())
        .isEqualTo(MemoryVm.idOf("vm1"));
    assertThat(policy.path("selector").path("tags").isObject()).isTrue();
    assertThat(policy.path("schedule").path("cron").asText()).isEqualTo("0 2 * * *");
    assertThat(policy.path("schedule").path("zone").asText()).isEqualTo("UTC");
    assertThat(policy.path("instantRestoreDays").asInt()).isEqualTo(2);

    Answer replaced = api.putPolicy("nightly", policy.toString());
    assertThat(replaced.status()).isEqualTo(200);
    assertThat(replaced.header("ETag")).isNotEqualTo(made.header("ETag"));
    api.putPolicy("a-first", NIGHTLY.replace("vm1", "vm2"));
    assertThat(api.listPolicies().body().path("value"))
        .extracting(each -> each.path("name").asText())
        .containsExactly("a-first", "default", "nightly");

    assertThat(api.deletePolicy("nightly").status()).isEqualTo(204);
    assertThat(api.deletePolicy("nightly").status()).as("again").isEqualTo(204);
    assertThat(api.getPolicy("nightly").status()).isEqualTo(404);
  }

  @Test
  void a_policy_is_in_the_vault_too() {
    api.putPolicy("nightly", NIGHTLY);

    String stored =
        new String(
            world.blobs.get("policies/nightly.json").orElseThrow().bytes(), StandardCharsets.UTF_8);
    assertThat(stored).contains("0 2 * * *").contains(MemoryVm.idOf("vm1"));
    api.deletePolicy("nightly");
    assertThat(world.blobs.get("policies/nightly.json").orElseThrow().bytes()).isEmpty();
  }

  @Test
  void a_version_that_is_not_there_any_more_is_412() {
    String old = api.putPolicy("nightly", NIGHTLY).header("ETag");
    String now = api.putPolicy("nightly", NIGHTLY, "If-Match", old).header("ETag");

    assertThat(api.putPolicy("nightly", NIGHTLY, "if-match", old).status()).isEqualTo(412);
    assertThat(api.deletePolicy("nightly", "If-Match", old).status()).isEqualTo(412);
    assertThat(api.putPolicy("nightly", NIGHTLY, "If-None-Match", "*").status()).isEqualTo(412);
    assertThat(api.putPolicy("other", NIGHTLY.replace("vm1", "vm2"), "If-Match", "*").status())
        .isEqualTo(412);
    assertThat(api.getPolicy("nightly").header("ETag")).isEqualTo(now);
    assertThat(api.putPolicy("nightly", NIGHTLY, "If-Match", "*").status()).isEqualTo(200);
    assertThat(api.putPolicy("other", NIGHTLY.replace("vm1", "vm2"), "If-None-Match", "*").status())
        .isEqualTo(201);
    assertThat(world.blobs.names()).contains("policies/other.json");
  }

  @Test
  void a_schedule_without_a_zone_is_in_the_app_s() {
    String body = NIGHTLY.replace(",\"zone\":\"UTC\"", "");

    assertThat(api.putPolicy("nightly", body).body().path("schedule").path("zone").asText())
        .isEqualTo("Europe/Berlin");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"hourly\":{\"every\":4,\"from\":\"01:30\"}}|30 1,5,9,13,17,21 * * *",
        "{\"daily\":{\"at\":\"02:05\"}}|5 2 * * *",
        "{\"weekly\":{\"days\":[\"Saturday\",\"monday\"],\"at\":\"23:00\"}}|0 23 * * 1,6"
      })
  void a_schedule_may_be_said_in_words(String schedule, String cron) {
    Answer answer =
        api.putPolicy(
            "words", NIGHTLY.replace("{\"cron\":\"0 2 * * *\",\"zone\":\"UTC\"}", schedule));

    assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    assertThat(answer.body().path("schedule").path("cron").asText()).isEqualTo(cron);
  }

  @Test
  void what_a_policy_says_comes_back() {
    String body =
        """
        {"selector":{"tags":{"env":"prod"},"resourceGroups":["web"],
           "subscriptions":["00000000-0000-0000-0000-000000000001"],
           "exclude":{"ids":["%s"],"tags":{"backup":"none"},"resourceGroups":["old"]}},
         "schedule":{"cron":"0 */4 * * *","zone":"Europe/Berlin","jitter":"PT10M","window":"PT2H"},
         "priority":7,"concurrentMax":3,"instantRestoreDays":1,
         "retention":{"latest":1,"hourly":2,"daily":3,"weekly":4,"monthly":5,"yearly":6}}"""
            .formatted(MemoryVm.idOf("vm9"));
    assertThat(api.putPolicy("full", body).status()).isEqualTo(201);

    JsonNode read = api.getPolicy("full").body();

    assertThat(api.putPolicy("full", read.toString()).body()).isEqualTo(read);
    assertThat(read.path("selector").path("exclude").path("tags").path("backup").asText())
        .isEqualTo("none");
    assertThat(read.path("schedule").path("window").asText()).isEqualTo("PT2H");
    assertThat(read.path("retention").path("yearly").asInt()).isEqualTo(6);
    assertThat(read.path("priority").asInt()).isEqualTo(7);
    assertThat(read.path("concurrentMax").asInt()).isEqualTo(3);
  }

  @Test
  void the_default_policy_is_there_is_replaced_and_comes_back() {
    assertThat(api.getPolicy("default").body().path("priority").asInt()).isEqualTo(-1000);
    assertThat(api.putPolicy("default", NIGHTLY).status()).isEqualTo(201);
    assertThat(api.getPolicy("default").body().path("priority").asInt()).isZero();
    assertThat(api.deletePolicy("default").status()).isEqualTo(204);
    assertThat(api.getPolicy("default").body().path("priority").asInt()).isEqualTo(-1000);
  }

  @Test
  void all_faults_of_what_is_new_are_named_at_once() {
    api.putPolicy("other", NIGHTLY);
    Answer answer =
        api.putPolicy(
            "bad",
            """
            {"selector":{"ids":["%s"],"exclude":{"names":[]}},
             "schedule":{"cron":"*/30 * * * *","daily":{"at":"02:00"},"jitter":"PT2H","window":"PT1H"},
             "retention":{"daily":0},"priority":2000,"concurrentMax":-1}"""
                .formatted(MemoryVm.idOf("vm1")));
    assertThat(answer.status()).isEqualTo(400);
    assertThat(targets(answer))
        .contains(
            "selector.exclude.names",
            "schedule",
            "schedule.window",
            "retention",
            "priority",
            "concurrentMax");
    assertThat(api.putPolicy("twin", NIGHTLY).error().path("code").asText())
        .isEqualTo("DuplicateSelector");
    String often = NIGHTLY.replace("vm1", "vm2").replace("0 2 * * *", "0 */2 * * *");
    assertThat(api.putPolicy("often", often).error().path("code").asText())
        .isEqualTo("ScheduleTooFrequent");
    String crash = often.replace("\"instant", "\"consistency\":\"CrashConsistent\",\"instant");
    assertThat(api.putPolicy("often", crash).status()).isEqualTo(201);
    assertThat(api.getPolicy("bad").status()).isEqualTo(404);
  }

  @Test
  void all_faults_are_named_at_once() {
    Answer answer =
        api.putPolicy(
            "No Good",
            """
            {"name":"other","colour":"red",
             "selector":{"ids":["vm1"],"tags":{"a":1,"b":"x"},"subscriptions":["s"],"x":0},
             "schedule":{"cron":"99 * * * *","zone":"Nowhere","every":"day"},
             "instantRestoreDays":31}""");

    assertThat(answer.status()).isEqualTo(400);
    assertThat(targets(answer))
        .containsExactlyInAnyOrder(
            "name",
            "name",
            "colour",
            "selector.x",
            "selector.ids",
            "selector.subscriptions",
            "selector.tags.a",
            "schedule.every",
            "schedule.cron",
            "schedule.zone",
            "instantRestoreDays");
    assertThat(world.catalogue.policies().all()).isEmpty();
    assertThat(world.blobs.names()).noneMatch(name -> name.startsWith("policies/"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"schedule\":{\"cron\":\"0 2 * * *\"}}|MissingField|selector",
        "{\"selector\":{},\"schedule\":{\"cron\":\"0 2 * * *\"}}|EmptySelector|selector",
        "{\"selector\":[],\"schedule\":{\"cron\":\"0 2 * * *\"}}|InvalidField|selector",
        "{\"selector\":{\"tags\":{\"a\":\"b\"}},\"schedule\":{\"cron\":\"0 2 * * *\"}}"
            + "|NoSubscriptions|selector.subscriptions",
        "{\"selector\":{\"ids\":\"x\"},\"schedule\":{\"cron\":\"0 2 * * *\"}}"
            + "|InvalidField|selector.ids"
      })
  void a_selector_that_will_not_do_is_named(String body, String code, String target) {
    Answer answer = api.putPolicy("p", body);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(targets(answer)).contains(target);
    assertThat(answer.text()).contains(code);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"-1", "31", "1.5", "\"1\"", "true"})
  void days_of_instant_restore_are_a_whole_number_from_0_to_30(String days) {
    Answer answer =
        api.putPolicy(
            "p", NIGHTLY.replace("\"instantRestoreDays\":2", "\"instantRestoreDays\":" + days));

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.error().path("target").asText()).isEqualTo("instantRestoreDays");
  }
}
