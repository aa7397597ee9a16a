package io.holdfast.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fake.MemoryTables;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BudgetRowsTest {
  private Instant now = Instant.parse("2026-03-02T10:00:10Z");
  private final MemoryTables tables = new MemoryTables(() -> now, 5);

  private BudgetRows host() {
    return new BudgetRows(tables, () -> now);
  }

  private static int calls(BudgetRows host, String of, int max) {
    int made = 0;
    while (made < 1_000 && host.take(of, "READ", max).isEmpty()) {
      made++;
    }
    return made;
  }

  @Test
  void all_hosts_together_make_no_more_calls_in_a_minute_than_there_are() {
    BudgetRows one = host();
    BudgetRows other = host();
    int made = 0;
    for (int i = 0; i < 50; i++) {
      made += one.take("sub", "READ", 50).isEmpty() ? 1 : 0;
      made += other.take("sub", "READ", 50).isEmpty() ? 1 : 0;
    }

    assertThat(made).isEqualTo(50);
    assertThat(one.take("SUB", "READ", 50)).contains(Duration.ofSeconds(50));
    now = now.plusSeconds(50);
    assertThat(calls(host(), "sub", 50)).isEqualTo(50);
  }

  @Test
  void kinds_and_subscriptions_are_counted_apart() {
    BudgetRows host = host();
    assertThat(calls(host, "one", 5)).isEqualTo(5);

    assertThat(calls(host, "two", 5)).isEqualTo(5);
    assertThat(host.take("one", "WRITE", 5)).isEmpty();
  }

  @Test
  void a_pause_that_one_host_was_told_holds_for_all_at_their_next_slice() {
    BudgetRows told = host();
    BudgetRows other = host();
    told.pause("sub", Duration.ofSeconds(30));
    told.pause("sub", Duration.ofSeconds(5));

    assertThat(told.take("sub", "READ", 100)).contains(Duration.ofSeconds(30));
    assertThat(other.take("sub", "READ", 100)).contains(Duration.ofSeconds(30));
    assertThat(other.take("another", "READ", 100)).isEmpty();
    now = now.plusSeconds(30);
    assertThat(other.take("sub", "READ", 100)).isEqualTo(Optional.empty());
  }
}
