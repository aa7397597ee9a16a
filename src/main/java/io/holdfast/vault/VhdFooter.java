package io.holdfast.vault;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;

/**
 * The 512 bytes at the end of a fixed VHD (Virtual Hard Disk Image Format Specification 1.0). Made
 * from the point alone, so that two exports of a disk are the same to the byte.
 */
public final class VhdFooter {
  public static final int BYTES = 512;

  private static final long EPOCH_SECONDS = Instant.parse("2000-01-01T00:00:00Z").getEpochSecond();
  private static final int CHECKSUM_AT = 64;
  private static final int SECTOR_BYTES = 512;
  private static final int TYPE_FIXED = 2;

  private VhdFooter() {}

  /**
   * Makes the footer.
   *
   * @param sizeBytes of the disk: a multiple of 512
   * @param time of the point
   * @param identity what the image is of: its unique id is derived from it
   */
  public static byte[] of(long sizeBytes, Instant time, String identity) {
    if (sizeBytes < SECTOR_BYTES || sizeBytes % SECTOR_BYTES != 0) {
      throw new IllegalArgumentException("a VHD of %d bytes".formatted(sizeBytes));
    }
    ByteBuffer footer = ByteBuffer.allocate(BYTES);
    footer.put("conectix".getBytes(StandardCharsets.US_ASCII));
    footer.putInt(2).putInt(0x0001_0000).putLong(-1L);
    footer.putInt((int) Math.max(0, time.getEpochSecond() - EPOCH_SECONDS));
    // Readers take the exact size, not the one of cylinders, only from creators that they know.
    footer.put("win ".getBytes(StandardCharsets.US_ASCII)).putInt(0x000a_0000);
    footer.put("Wi2k".getBytes(StandardCharsets.US_ASCII));
    footer.putLong(sizeBytes).putLong(sizeBytes);
    footer.putInt(geometry(sizeBytes / SECTOR_BYTES)).putInt(TYPE_FIXED).putInt(0);
    footer.put(uniqueId(identity));
    byte[] bytes = footer.array();
    footer.putInt(CHECKSUM_AT, checksum(bytes));
    return bytes;
  }

  /** Whether 512 bytes are a footer whose own checksum says that it is whole. */
  public static boolean isSound(byte[] footer) {
    byte[] bare = footer.clone();
    int told = ByteBuffer.wrap(bare).getInt(CHECKSUM_AT);
    ByteBuffer unused = ByteBuffer.wrap(bare).putInt(CHECKSUM_AT, 0);
    return footer.length == BYTES && told == checksum(bare);
  }

  private static int checksum(byte[] footer) {
    int sum = 0;
    for (byte b : footer) {
      sum += b & 0xff;
    }
    return ~sum;
  }

  /** Cylinders (2 bytes), heads, sectors: the algorithm in the specification's appendix. */
  static int geometry(long sectors) {
    long total = Math.min(sectors, 65_535L * 16 * 255);
    long perTrack;
    long heads;
    long cylindersTimesHeads;
    if (total >= 65_535L * 16 * 63) {
      perTrack = 255;
      heads = 16;
      cylindersTimesHeads = total / perTrack;
    } else {
      perTrack = 17;
      cylindersTimesHeads = total / perTrack;
      heads = Math.max(4, (cylindersTimesHeads + 1023) / 1024);
      if (cylindersTimesHeads >= heads * 1024 || heads > 16) {
        perTrack = 31;
        heads = 16;
        cylindersTimesHeads = total / perTrack;
      }
      if (cylindersTimesHeads >= heads * 1024) {
        perTrack = 63;
        heads = 16;
        cylindersTimesHeads = total / perTrack;
      }
    }
    return (int) ((cylindersTimesHeads / heads) << 16 | heads << 8 | perTrack);
  }

  private static byte[] uniqueId(String identity) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(identity.getBytes(StandardCharsets.UTF_8));
      return Arrays.copyOf(digest, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }
}
