package io.holdfast.local.demo;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The digests of a file's chunks, to count by itself what a guest has changed. */
record Chunks(List<byte[]> digests) {
  /** The vault's chunk: 4 MiB. */
  static final int BYTES = 4 << 20;

  static Chunks of(Path file) throws IOException {
    List<byte[]> digests = new ArrayList<>();
    ByteBuffer buffer = ByteBuffer.allocate(BYTES);
    try (FileChannel channel = FileChannel.open(file)) {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      boolean end = false;
      while (!end) {
        buffer.clear();
        while (buffer.hasRemaining() && !end) {
          end = channel.read(buffer) < 0;
        }
        if (buffer.position() > 0) {
          sha256.update(buffer.flip());
          digests.add(sha256.digest());
        }
      }
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
    return new Chunks(digests);
  }

  /** Bytes of the chunks that differ from the other file's, whole chunks counted. */
  long changedBytes(Chunks other) {
    long changed = 0;
    for (int i = 0; i < digests.size(); i++) {
      if (i >= other.digests.size() || !Arrays.equals(digests.get(i), other.digests.get(i))) {
        changed += BYTES;
      }
    }
    return changed;
  }
}
