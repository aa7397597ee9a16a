package io.holdfast.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AskingTest {
  /** What chunks cost, one after the other. */
  private static int requests(Asking asking, BitSet there, int chunks) {
    int requests = 0;
    for (int chunk = 0; chunk < chunks; chunk++) {
      boolean is = there.get(chunk);
      if (asking.asksNext()) {
        requests++;
        asking.answered(is);
        if (is) {
          continue;
        }
      }
      requests += is ? 2 : 1;
      asking.sent(!is);
    }
    return requests;
  }

  @Test
  void an_image_that_is_there_costs_one_request_a_chunk_and_no_body() {
    BitSet all = new BitSet();
    all.set(0, 1_024);

    assertThat(requests(Asking.learning(true), all, 1_024)).isEqualTo(1_024);
  }

  @Test
  void an_image_that_is_new_costs_one_question() {
    assertThat(requests(Asking.learning(true), new BitSet(), 1_024)).isEqualTo(1_025);
    assertThat(requests(Asking.learning(false), new BitSet(), 1_024)).isEqualTo(1_024);
  }

  @Test
  void after_a_new_part_it_finds_out_again_that_the_rest_is_there() {
    BitSet rest = new BitSet();
    rest.set(500, 1_024);

    assertThat(requests(Asking.learning(true), rest, 1_024)).isEqualTo(1 + 500 + 1 + 524);
  }

  @Test
  void no_pattern_costs_more_than_the_budget() {
    for (long seed = 0; seed < 2_000; seed++) {
      Random random = new Random(seed);
      BitSet there = new BitSet();
      boolean is = random.nextBoolean();
      double change = random.nextDouble();
      int chunks = random.nextInt(1_024);
      for (int chunk = 0; chunk < chunks; chunk++) {
        is ^= random.nextDouble() < change;
        there.set(chunk, is);
      }
      int known = there.cardinality();
      int fresh = chunks - known;

      assertThat(requests(Asking.learning(random.nextBoolean()), there, chunks))
          .as("seed %d: %d chunks, %d of them there", seed, chunks, known)
          .isLessThanOrEqualTo(1 + fresh + fresh / 20 + 2 * known);
    }
  }

  @Test
  void what_was_delivered_before_is_always_asked_for() {
    Asking asking = Asking.always();
    for (int chunk = 0; chunk < 100; chunk++) {
      assertThat(asking.asksNext()).isTrue();
      asking.answered(false);
      asking.sent(true);
    }
  }
}
