package io.holdfast.local.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SparseFileTest {
  private static final int BLOCK = Extents.BLOCK_BYTES;

  @TempDir Path folder;

  @Test
  void bothWaysToFindHolesListEveryBlockThatHoldsData() throws IOException {
    long size = 10_000_384; // whole sectors, no whole block at the end
    Path file = randomSparse(size);
    byte[] bytes = Files.readAllBytes(file);
    for (Extents extents :
        new Extents[] {SparseFile.extents(file, size), SparseFile.readForExtents(file, size)}) {
      assertThat(extents.count()).isGreaterThan(10);
      for (int at = 0; at < size; at += BLOCK) {
        int end = (int) Math.min(size, at + BLOCK);
        boolean data = false;
        for (int i = at; i < end; i++) {
          data |= bytes[i] != 0;
        }
        if (data) {
          assertThat(extents.hasDataIn(at, end)).as("block at %d", at).isTrue();
        }
      }
      assertThat(extents.bytes()).isLessThan(size / 2);
      assertThat(extents.end(extents.count() - 1)).isLessThanOrEqualTo(size);
    }
  }

  @Test
  void aCopyIsEqualAndAsSparse() throws IOException {
    long size = 10_000_384;
    Path file = randomSparse(size);
    Path copy = folder.resolve("copy");
    Extents copied = SparseFile.copy(file, copy, size);
    assertThat(Files.mismatch(file, copy)).isEqualTo(-1);
    assertThat(SparseFile.extents(copy, size).bytes()).isEqualTo(copied.bytes());
    Path list = folder.resolve("extents");
    copied.save(list);
    Extents loaded = Extents.load(list);
    assertThat(loaded.count()).isEqualTo(copied.count());
    assertThat(loaded.bytes()).isEqualTo(copied.bytes());
    assertThat(loaded.start(3)).isEqualTo(copied.start(3));
  }

  private Path randomSparse(long size) throws IOException {
    Path file = folder.resolve("raw");
    SparseFile.create(file, size);
    Random random = new Random(11);
    try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE)) {
      for (int i = 0; i < 60; i++) {
        byte[] bytes = new byte[1 + random.nextInt(30_000)];
        random.nextBytes(bytes);
        out.write(ByteBuffer.wrap(bytes), random.nextInt((int) size - bytes.length));
      }
      out.write(ByteBuffer.wrap(new byte[] {1}), size - 1);
    }
    return file;
  }
}
