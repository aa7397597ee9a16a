package io.holdfast.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class VhdFooterTest {
  private static final Instant TIME = Instant.parse("2000-01-01T00:01:40Z");

  @Test
  void hasTheFieldsOfTheSpecification() {
    byte[] footer = VhdFooter.of(1L << 30, TIME, "point/os");
    ByteBuffer fields = ByteBuffer.wrap(footer);

    assertThat(footer).hasSize(512);
    assertThat(new String(footer, 0, 8, StandardCharsets.US_ASCII)).isEqualTo("conectix");
    assertThat(fields.getInt(8)).isEqualTo(2);
    assertThat(fields.getInt(12)).isEqualTo(0x10000);
    assertThat(fields.getLong(16)).isEqualTo(-1L);
    assertThat(fields.getInt(24)).isEqualTo(100);
    assertThat(fields.getInt(36)).isEqualTo(0x5769326b);
    assertThat(fields.getLong(40)).isEqualTo(1L << 30);
    assertThat(fields.getLong(48)).isEqualTo(1L << 30);
    assertThat(fields.getInt(60)).isEqualTo(2);
    assertThat(ByteBuffer.wrap(footer, 84, 428).slice()).isEqualTo(ByteBuffer.wrap(new byte[428]));
  }

  @Test
  void hasAChecksumThatFits() {
    byte[] footer = VhdFooter.of(5L << 40, TIME, "point/lun0");
    int checksum = ByteBuffer.wrap(footer).getInt(64);
    int sum = 0;
    for (int i = 0; i < footer.length; i++) {
      sum += i >= 64 && i < 68 ? 0 : footer[i] & 0xff;
    }

    assertThat(checksum).isEqualTo(~sum);
  }

  @Test
  void isTheSameForTheSameDiskAndAnotherForAnother() {
    assertThat(VhdFooter.of(1024, TIME, "a/os")).isEqualTo(VhdFooter.of(1024, TIME, "a/os"));
    assertThat(VhdFooter.of(1024, TIME, "a/os")).isNotEqualTo(VhdFooter.of(1024, TIME, "b/os"));
  }

  /** Worked by hand from the algorithm in the specification's appendix. */
  @Test
  void hasTheGeometryOfTheSpecification() {
    // 1 GiB: 2,097,152 sectors; 17 and 31 a track are too few: 63 x 16, 2080 cylinders.
    assertThat(VhdFooter.geometry(2_097_152)).isEqualTo(2080 << 16 | 16 << 8 | 63);
    // 20 MiB: 40,960 sectors; 17 x 4 heads, 602 cylinders.
    assertThat(VhdFooter.geometry(40_960)).isEqualTo(602 << 16 | 4 << 8 | 17);
    // 127 GiB and more end at 65,535 x 16 x 255.
    assertThat(VhdFooter.geometry(1L << 33)).isEqualTo(65_535 << 16 | 16 << 8 | 255);
  }

  @Test
  void isOfWholeSectors() {
    assertThatThrownBy(() -> VhdFooter.of(1000, TIME, "a"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
