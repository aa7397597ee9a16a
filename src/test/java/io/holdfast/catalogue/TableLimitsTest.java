package io.holdfast.catalogue;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.catalogue.TableStore.Change;
import io.holdfast.catalogue.TableStore.Change.Delete;
import io.holdfast.catalogue.TableStore.Change.Insert;
import io.holdfast.catalogue.TableStore.Key;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Azure would refuse and Azurite does not. */
class TableLimitsTest {
  private static Insert insert(String partition, String row, Map<String, Object> values) {
    return new Insert(new Key(partition, row), values);
  }

  private static void refused(String words, Change... changes) {
    assertThatThrownBy(() -> TableLimits.check(List.of(changes)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(words);
  }

  private static void taken(Change... changes) {
    assertThatCode(() -> TableLimits.check(List.of(changes))).doesNotThrowAnyException();
  }

  private static Change[] inserts(int count, Map<String, Object> values) {
    List<Change> changes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      changes.add(insert("p", "r" + i, values));
    }
    return changes.toArray(new Change[0]);
  }

  private static Map<String, Object> bytes(int properties, int length) {
    Map<String, Object> values = new HashMap<>();
    for (int i = 0; i < properties; i++) {
      values.put("p%03d".formatted(i), new byte[length]);
    }
    return values;
  }

  @Test
  void a_commit_holds_1_to_100_changes() {
    refused("1 to 100 changes, not 0");
    taken(inserts(100, Map.of()));
    refused("1 to 100 changes, not 101", inserts(101, Map.of()));
  }

  @Test
  void a_commit_changes_one_partition() {
    refused(
        "one partition, not both p and q", insert("p", "a", Map.of()), insert("q", "b", Map.of()));
  }

  @Test
  void a_commit_changes_a_row_once() {
    refused("once, not twice", insert("p", "a", Map.of()), new Delete(new Key("p", "a"), "*"));
  }

  @Test
  void a_property_holds_64_kibibytes() {
    taken(insert("p", "a", Map.of("x", new byte[65_536])));
    refused("at most 65536 bytes, not 65537", insert("p", "a", Map.of("x", new byte[65_537])));
    taken(insert("p", "a", Map.of("x", "a".repeat(32_768))));
    refused("at most 65536 bytes", insert("p", "a", Map.of("x", "a".repeat(32_769))));
  }

  @Test
  void a_row_holds_a_mebibyte_and_251_properties() {
    taken(insert("p", "a", bytes(15, 65_536)));
    refused("at most 1048576 bytes", insert("p", "a", bytes(16, 65_536)));
    taken(insert("p", "a", bytes(251, 1)));
    refused("at most 251 properties, not 252", insert("p", "a", bytes(252, 1)));
  }

  @Test
  void a_request_holds_four_mebibytes() {
    taken(inserts(4, bytes(15, 65_536)));
    refused("at most 4194304 bytes", inserts(5, bytes(15, 65_536)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "\\", "#", "?", "\t", "\n", "\u0000", "\u007f", "\u0085"})
  void a_key_holds_no_forbidden_character(String character) {
    refused("must not hold", insert("p", "a" + character, Map.of()));
    refused("must not hold", insert("p" + character, "a", Map.of()));
    refused("must not hold", new Delete(new Key("p", character), "*"));
  }

  @Test
  void a_key_has_1_to_512_characters() {
    refused("1 to 512 characters", insert("p", "", Map.of()));
    refused("1 to 512 characters", insert("", "a", Map.of()));
    taken(insert("p", "a".repeat(512), Map.of()));
    refused("1 to 512 characters", insert("p", "a".repeat(513), Map.of()));
  }

  @Test
  void a_property_is_of_a_kind_that_comes_back_as_it_went() {
    refused("String, Long, Boolean or byte[]", insert("p", "a", Map.of("x", 1)));
    refused("String, Long, Boolean or byte[]", insert("p", "a", Map.of("x", 1.5)));
  }
}
