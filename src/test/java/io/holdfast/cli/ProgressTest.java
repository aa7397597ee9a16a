package io.holdfast.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private static final Instant START = Instant.parse("2026-11-23T00:00:00Z");

  private final AtomicReference<Instant> now = new AtomicReference<>(START);
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private Progress progress(long totalBytes) {
    PrintStream stream = new PrintStream(err, true, UTF_8);
    return new Progress(new Console(stream, stream, false), now::get, "export os", totalBytes);
  }

  @Test
  void tellsBytesRateAndTimeLeftNowAndThen() {
    try (Progress progress = progress(100L << 20)) {
      progress.add(10 << 20);
      now.set(START.plusSeconds(9));
      progress.add(10 << 20);
      assertThat(err.toString(UTF_8)).isEmpty();

      now.set(START.plusSeconds(10));
      progress.add(20 << 20);
      progress.add(10 << 20);
    }

    assertThat(err.toString(UTF_8))
        .isEqualTo("export os: 40.0 MiB of 100.0 MiB, 4.0 MiB/s, about 15 s left\n");
  }

  @Test
  void tellsNoTimeLeftWhenTheEndIsNotKnown() {
    try (Progress progress = progress(-1)) {
      now.set(START.plusSeconds(16));
      progress.add(32 << 20);
    }

    assertThat(err.toString(UTF_8)).isEqualTo("export os: 32.0 MiB, 2.0 MiB/s\n");
  }

  @Test
  void writesSizesAsPeopleReadThem() {
    assertThat(Console.size(0)).isEqualTo("0 B");
    assertThat(Console.size(1023)).isEqualTo("1023 B");
    assertThat(Console.size(1024)).isEqualTo("1.0 KiB");
    assertThat(Console.size(1536L << 20)).isEqualTo("1.5 GiB");
    assertThat(Console.size(Long.MAX_VALUE)).isEqualTo("8.0 EiB");
  }
}
