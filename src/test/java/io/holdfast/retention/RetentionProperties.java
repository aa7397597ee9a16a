package io.holdfast.retention;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.catalogue.RetentionRule;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What holds of retention whatever the points are. */
class RetentionProperties {
  private static final int SEEDS = 3_000;
  private static final List<ZoneId> ZONES =
      List.of(
          ZoneId.of("UTC"),
          ZoneId.of("Europe/Berlin"),
          ZoneId.of("America/New_York"),
          ZoneId.of("Australia/Lord_Howe"),
          ZoneId.of("Asia/Kolkata"),
          ZoneId.of("Pacific/Apia"));

  private record World(
      Random random, List<Candidate> points, RetentionRule rule, ZoneId zone, Instant now) {
    List<String> kept() {
      return Retention.select(points, rule, zone, now).kept();
    }

    List<String> kept(List<Candidate> others) {
      return Retention.select(others, rule, zone, now).kept();
    }
  }

  private static World world(int seed) {
    Random random = new Random(seed);
    RetentionRule rule;
    do {
      rule =
          new RetentionRule(
              count(random),
              count(random),
              count(random),
              count(random),
              count(random),
              count(random));
    } while (!rule.faults().isEmpty());
    // Near the ends of summer time, of a month and of a year as often as not.
    Instant now =
        Instant.parse(
                List.of(
                        "2026-10-25T03:00:00Z",
                        "2026-04-04T16:00:00Z",
                        "2027-01-03T00:30:00Z",
                        "2028-02-29T22:00:00Z")
                    .get(random.nextInt(4)))
            .plusSeconds(random.nextInt(200_000));
    long apart = List.of(600L, 3_600L, 20_000L, 86_400L, 1_000_000L).get(random.nextInt(5));
    int size = random.nextInt(60);
    List<Candidate> points = new ArrayList<>();
    Instant at = now;
    for (int i = 0; i < size; i++) {
      at = at.minusSeconds(random.nextInt(5) == 0 ? 0 : random.nextLong(2 * apart));
      points.add(point("p" + i, at, now, random));
    }
    return new World(random, points, rule, ZONES.get(random.nextInt(ZONES.size())), now);
  }

  private static int count(Random random) {
    return random.nextInt(2) == 0 ? 0 : random.nextInt(6);
  }

  private static Candidate point(String id, Instant time, Instant now, Random random) {
    return new Candidate(
        id,
        time,
        random.nextInt(4) != 0,
        random.nextInt(12) != 0,
        random.nextInt(20) == 0 ? "ann" : null,
        random.nextInt(25) == 0,
        random.nextInt(8) == 0 ? now.plusSeconds(random.nextInt(200_000) - 100_000) : null);
  }

  /** The rules as the user's page has them, one bucket and one point at a time. */
  private static Set<String> naive(World world) {
    Set<String> kept = new HashSet<>();
    for (Candidate point : world.points()) {
      boolean ownEnd = point.retainUntil() != null && world.now().isBefore(point.retainUntil());
      if (point.pinnedBy() != null || point.legalHold() || !point.published() || ownEnd) {
        kept.add(point.id());
      }
    }
    List<Candidate> oldestFirst = new ArrayList<>(world.points());
    Collections.sort(
        oldestFirst,
        (a, b) ->
            a.time().equals(b.time()) ? a.id().compareTo(b.id()) : a.time().compareTo(b.time()));
    Candidate lastGood = null;
    for (Candidate point : oldestFirst) {
      lastGood = point.good() && point.published() ? point : lastGood;
    }
    if (lastGood != null) {
      kept.add(lastGood.id());
    }
    oldestFirst.removeIf(point -> point.retainUntil() != null || !point.published());
    int size = oldestFirst.size();
    for (Candidate point : oldestFirst.subList(Math.max(0, size - world.rule().latest()), size)) {
      kept.add(point.id());
    }
    keep(kept, oldestFirst, world, world.rule().hourly(), "uuuu-MM-dd HH xxx");
    keep(kept, oldestFirst, world, world.rule().daily(), "uuuu-MM-dd");
    keep(kept, oldestFirst, world, world.rule().weekly(), "YYYY-ww");
    keep(kept, oldestFirst, world, world.rule().monthly(), "uuuu-MM");
    keep(kept, oldestFirst, world, world.rule().yearly(), "uuuu");
    return kept;
  }

  private static void keep(
      Set<String> kept, List<Candidate> oldestFirst, World world, int count, String pattern) {
    // German weeks are those of ISO.
    DateTimeFormatter format = DateTimeFormatter.ofPattern(pattern, Locale.GERMANY);
    Function<Candidate, String> name =
        point -> ZonedDateTime.ofInstant(point.time(), world.zone()).format(format);
    LinkedHashSet<String> names = new LinkedHashSet<>();
    for (int i = oldestFirst.size() - 1; i >= 0; i--) {
      names.add(name.apply(oldestFirst.get(i)));
    }
    names.stream()
        .limit(count)
        .forEach(
            bucket -> {
              String id = null;
              boolean good = false;
              for (Candidate point : oldestFirst) {
                if (name.apply(point).equals(bucket) && (point.good() || !good)) {
                  id = point.id();
                  good = point.good();
                }
              }
              kept.add(id);
            });
  }

  @Test
  void it_agrees_with_the_rules_taken_one_at_a_time() {
    long expired = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      World world = world(seed);
      List<String> kept = world.kept();

      assertThat(new HashSet<>(kept)).as("seed %d", seed).isEqualTo(naive(world));
      expired += world.points().size() - kept.size();
    }
    assertThat(expired).isGreaterThan(10L * SEEDS);
  }

  @Test
  void what_is_kept_is_kept_when_the_rest_is_gone() {
    for (int seed = 0; seed < SEEDS; seed++) {
      World world = world(seed);
      List<String> kept = world.kept();
      List<Candidate> left =
          world.points().stream().filter(point -> kept.contains(point.id())).toList();

      assertThat(world.kept(left)).as("seed %d", seed).isEqualTo(kept);
    }
  }

  /** A run that is cut off has deleted some of what had expired. */
  @Test
  void what_is_kept_is_kept_when_some_of_the_rest_is_gone() {
    for (int seed = 0; seed < SEEDS; seed++) {
      World world = world(seed);
      List<String> kept = world.kept();
      List<Candidate> left = new ArrayList<>(world.points());
      left.removeIf(point -> !kept.contains(point.id()) && world.random().nextBoolean());

      assertThat(world.kept(left)).as("seed %d", seed).isEqualTo(kept);
    }
  }

  @Test
  void the_order_of_the_points_does_not_matter() {
    for (int seed = 0; seed < SEEDS; seed++) {
      World world = world(seed);
      List<Candidate> shuffled = new ArrayList<>(world.points());
      Collections.shuffle(shuffled, world.random());

      assertThat(Retention.select(shuffled, world.rule(), world.zone(), world.now()))
          .as("seed %d", seed)
          .isEqualTo(Retention.select(world.points(), world.rule(), world.zone(), world.now()));
    }
  }

  @Test
  void the_newest_good_point_never_expires() {
    for (int seed = 0; seed < SEEDS; seed++) {
      World world = world(seed);
      List<String> kept = world.kept();

      world.points().stream()
          .filter(point -> point.good() && point.published())
          .min(Candidate.NEWEST_FIRST)
          .ifPresent(last -> assertThat(kept).contains(last.id()));
    }
  }

  @Test
  void points_older_than_all_others_expire_no_good_one() {
    for (int seed = 0; seed < SEEDS; seed++) {
      World world = world(seed);
      List<Candidate> more = new ArrayList<>(world.points());
      Instant at = world.now();
      for (Candidate point : world.points()) {
        at = point.time().isBefore(at) ? point.time() : at;
      }
      for (int i = 0; i < 10; i++) {
        at = at.minusSeconds(1 + world.random().nextInt(100_000));
        more.add(point("old" + i, at, world.now(), world.random()));
      }
      Set<String> good = new HashSet<>(world.kept());
      world.points().stream()
          .filter(point -> !point.good())
          .map(Candidate::id)
          .forEach(good::remove);

      assertThat(world.kept(more)).as("seed %d", seed).containsAll(good);
    }
  }

  @Test
  void a_point_that_has_expired_is_held_again_by_no_later_one() {
    for (int seed = 0; seed < SEEDS; seed++) {
      World world = world(seed);
      List<String> expired =
          Retention.select(world.points(), world.rule(), world.zone(), world.now()).expired();
      List<Candidate> more = new ArrayList<>(world.points());
      Instant at = world.now();
      for (int i = 0; i < 10; i++) {
        at = at.plusSeconds(1 + world.random().nextInt(100_000));
        more.add(Candidate.scheduled("new" + i, at));
      }

      assertThat(Retention.select(more, world.rule(), world.zone(), at).expired())
          .as("seed %d", seed)
          .containsAll(expired);
    }
  }

  /** The forecast against retention that is asked again after every backup to come. */
  @Test
  void the_forecast_is_what_retention_says_once_those_backups_are_there() {
    int later = 0;
    for (int seed = 0; seed < SEEDS / 6; seed++) {
      World world = world(seed);
      long step = List.of(3_600L, 14_400L, 86_400L, 604_800L).get(world.random().nextInt(4));
      Duration jitter = Duration.ofSeconds(world.random().nextInt(3_600));
      TreeSet<Instant> slots = new TreeSet<>();
      for (int i = 1; i <= world.random().nextInt(120); i++) {
        slots.add(world.now().plusSeconds(i * step).plus(jitter));
      }
      Forecast forecast =
          Retention.nextDeletion(
              world.points(),
              world.rule(),
              world.zone(),
              world.now(),
              time -> Optional.ofNullable(slots.higher(time)));

      TreeSet<Instant> instants = new TreeSet<>(slots);
      instants.add(world.now());
      world.points().stream()
          .flatMap(point -> point.ownEnd().stream())
          .filter(world.now()::isBefore)
          .forEach(instants::add);
      TreeMap<String, Instant> expected = new TreeMap<>();
      for (Instant instant : instants) {
        List<Candidate> then = new ArrayList<>(world.points());
        slots
            .headSet(instant, true)
            .forEach(slot -> then.add(Candidate.scheduled("s" + slot, slot)));
        for (String id : Retention.select(then, world.rule(), world.zone(), instant).expired()) {
          if (id.startsWith("p")) {
            expected.putIfAbsent(id, instant);
          }
        }
      }
      assertThat(new TreeMap<>(forecast.expiries())).as("seed %d", seed).isEqualTo(expected);
      later += (int) expected.values().stream().filter(world.now()::isBefore).count();
    }
    assertThat(later).isGreaterThan(SEEDS / 6);
  }
}
