package io.holdfast.disk;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
}
