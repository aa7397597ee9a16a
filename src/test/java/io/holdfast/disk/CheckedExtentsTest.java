package io.holdfast.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.disk.CheckedExtents.Malformed;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A disk of 8 KiB with a footer of 512 bytes behind it. */
class CheckedExtentsTest {
  private static final long DISK = 8192;
  private static final long BLOB = DISK + 512;

  private final List<Extent> taken = new ArrayList<>();

  private CheckedExtents window(long start, long end) {
    return new CheckedExtents(start, end, DISK, BLOB, taken::add);
  }

  @Test
  void a_list_in_order_inside_its_window_is_handed_on() throws Malformed {
    CheckedExtents list = window(512, 4096);

    list.take(512, 1024, false);
    list.take(1024, 1536, true);
    list.take(2048, 4096, false);

    assertThat(taken)
        .containsExactly(
            new Extent(512, 512, false),
            new Extent(1024, 512, true),
            new Extent(2048, 2048, false));
  }

  @Test
  void ranges_that_reach_over_an_edge_are_cut_to_the_window() throws Malformed {
    CheckedExtents list = window(1024, 2048);

    list.take(0, 1536, false);
    list.take(1536, 4096, true);

    assertThat(taken).containsExactly(new Extent(1024, 512, false), new Extent(1536, 512, true));
  }

  @Test
  void the_footer_behind_the_disk_is_cut_off() throws Malformed {
    CheckedExtents list = window(4096, DISK);

    list.take(DISK - 512, BLOB, false);
    assertThat(taken).containsExactly(new Extent(DISK - 512, 512, false));

    taken.clear();
    window(4096, DISK).take(DISK, BLOB, false);
    assertThat(taken).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "512,1024,512,1024",
    "1024,1536,512,1024",
    "512,1536,1024,2048",
    "0,4096,512,1024",
  })
  void a_range_out_of_order_or_twice_is_refused(long from, long to, long nextFrom, long nextTo)
      throws Malformed {
    CheckedExtents list = window(0, 4096);
    list.take(from, to, false);

    assertThatThrownBy(() -> list.take(nextFrom, nextTo, true))
        .isInstanceOf(Malformed.class)
        .hasMessageContaining("range %d..%d".formatted(nextFrom, nextTo))
        .hasMessageContaining("after offset " + to);
  }

  @ParameterizedTest
  @CsvSource({"1,512", "512,1000", "0,511", "100,612", "-1,512"})
  void a_range_that_is_not_of_whole_pages_is_refused(long from, long to) {
    assertThatThrownBy(() -> window(0, 4096).take(from, to, false))
        .isInstanceOf(Malformed.class)
        .hasMessageContaining("whole pages");
  }

  @ParameterizedTest
  @CsvSource({"1024,1024", "1024,512", "-512,512"})
  void a_range_without_a_byte_or_before_the_disk_is_refused(long from, long to) {
    assertThatThrownBy(() -> window(0, 4096).take(from, to, false)).isInstanceOf(Malformed.class);
  }

  @Test
  void a_range_past_the_end_of_the_source_is_refused() {
    assertThatThrownBy(() -> window(4096, DISK).take(DISK, BLOB + 512, false))
        .isInstanceOf(Malformed.class)
        .hasMessageContaining("past the end, which is at 8704");
    assertThatThrownBy(() -> window(4096, DISK).take(1L << 50, (1L << 50) + 512, false))
        .isInstanceOf(Malformed.class);
  }

  @ParameterizedTest
  @CsvSource({"0,1024", "2048,4096", "7680,8192"})
  void a_range_that_is_not_of_the_window_is_refused(long from, long to) {
    assertThatThrownBy(() -> window(1024, 2048).take(from, to, false))
        .isInstanceOf(Malformed.class)
        .hasMessageContaining("window 1024..2048");
    assertThat(taken).isEmpty();
  }
}
