package io.holdfast.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExtentTest {
  private static Extent data(long offset, long length) {
    return new Extent(offset, length, false);
  }

  @ParameterizedTest
  @CsvSource({"-512,512", "0,0", "0,-512", "1,512", "512,511"})
  void a_range_is_of_whole_pages(long offset, long length) {
    assertThatThrownBy(() -> data(offset, length))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("whole pages");
  }

  @Test
  void a_list_in_order_inside_its_window_is_taken() {
    List<Extent> list = List.of(data(512, 512), new Extent(1024, 512, true), data(2048, 1024));

    assertThat(Extent.checked(list, 512, 3072)).isEqualTo(list);
    assertThat(Extent.checked(List.of(), 0, 512)).isEmpty();
  }

  @Test
  void a_list_that_breaks_the_rule_is_refused() {
    assertThatThrownBy(() -> Extent.checked(List.of(data(512, 512), data(0, 512)), 0, 4096))
        .as("out of order")
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("range 0+512 after offset 1024");
    assertThatThrownBy(() -> Extent.checked(List.of(data(0, 1024), data(512, 1024)), 0, 4096))
        .as("overlapping")
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> Extent.checked(List.of(data(0, 512)), 512, 4096))
        .as("before the window")
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> Extent.checked(List.of(data(512, 1024)), 0, 1024))
        .as("past the window")
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void ranges_are_cut_to_a_window() {
    List<Extent> list = List.of(data(0, 1024), new Extent(1024, 1024, true), data(4096, 512));

    assertThat(Extent.clipped(list, 512, 1536))
        .containsExactly(data(512, 512), new Extent(1024, 512, true));
    assertThat(Extent.clipped(list, 2048, 4096)).isEmpty();
  }
}
