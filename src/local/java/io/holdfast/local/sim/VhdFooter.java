package io.holdfast.local.sim;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * The 512 bytes that follow the data of a fixed VHD ("Virtual Hard Disk Image Format
 * Specification", Microsoft, version 1.0).
 */
final class VhdFooter {
  static final int BYTES = 512;
  static final String COOKIE = "conectix";
  private static final int CHECKSUM_AT = 64;

  private VhdFooter() {}

  static ByteBuffer of(long diskBytes, UUID id) {
    ByteBuffer footer = ByteBuffer.allocate(BYTES);
    footer.put(COOKIE.getBytes(StandardCharsets.US_ASCII));
    footer.putInt(2).putInt(0x00010000).putLong(-1).putInt(0);
    footer.put("hldf".getBytes(StandardCharsets.US_ASCII)).putInt(0x00010000);
    footer.put("Wi2k".getBytes(StandardCharsets.US_ASCII));
    footer.putLong(diskBytes).putLong(diskBytes).putInt(geometry(diskBytes)).putInt(2);
    footer.position(CHECKSUM_AT + 4);
    footer.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
    footer.putInt(CHECKSUM_AT, checksum(footer));
    return footer.rewind();
  }

  /** True when cookie and checksum are right. */
  static boolean isFooter(ByteBuffer footer) {
    byte[] cookie = new byte[COOKIE.length()];
    footer.get(0, cookie);
    return COOKIE.equals(new String(cookie, StandardCharsets.US_ASCII))
        && footer.getInt(CHECKSUM_AT) == checksum(footer);
  }

  private static int checksum(ByteBuffer footer) {
    int sum = 0;
    for (int i = 0; i < BYTES; i++) {
      if (i < CHECKSUM_AT || i >= CHECKSUM_AT + 4) {
        sum += footer.get(i) & 0xff;
      }
    }
    return ~sum;
  }

  /** Cylinders, heads and sectors by the specification's appendix. */
  private static int geometry(long diskBytes) {
    long sectors = Math.min(diskBytes / 512, 65_535L * 16 * 255);
    long perTrack = 255;
    long heads = 16;
    long cylinderTimesHeads = sectors / perTrack;
    if (sectors < 65_535L * 16 * 63) {
      perTrack = 17;
      cylinderTimesHeads = sectors / perTrack;
      heads = Math.max(4, (cylinderTimesHeads + 1023) / 1024);
      if (cylinderTimesHeads >= heads * 1024 || heads > 16) {
        perTrack = 31;
        heads = 16;
        cylinderTimesHeads = sectors / perTrack;
      }
      if (cylinderTimesHeads >= heads * 1024) {
        perTrack = 63;
        heads = 16;
        cylinderTimesHeads = sectors / perTrack;
      }
    }
    return (int) (cylinderTimesHeads / heads << 16 | heads << 8 | perTrack);
  }
}
