package io.holdfast.vault;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;

/**
 * A small vault with real points, for tests: chunks of 4 KiB, so that a segment is 4 MiB. Made by
 * the classes that a backup uses.
 */
public final class SampleVault {
  public static final int CHUNK_BYTES = 4096;
  public static final int SEGMENT_BYTES = CHUNK_BYTES * SegmentIndex.CHUNKS;
  public static final String VAULT_ID = "0f0e0d0c-0b0a-4908-8706-050403020100";
  public static final Instant TIME = Instant.parse("2026-11-23T04:05:06Z");
  public static final String ITEM = "vm-1";

  private final Vault vault;

  private SampleVault(Vault vault) {
    this.vault = vault;
  }

  public static VaultConfig config() {
    return VaultConfig.plain(UUID.fromString(VAULT_ID), TIME).withChunkBytes(CHUNK_BYTES);
  }

  public static SampleVault in(BlobStore blobs) {
    return new SampleVault(Vault.openOrCreate(blobs, config(), VaultKeys.none()));
  }

  public Vault vault() {
    return vault;
  }

  /** The id of the nth point. */
  public static String pointId(int number) {
    return "%s-p2026112304050600%d-00000%d".formatted(ITEM, number, number);
  }

  /** Bytes of a disk: zeros, repetition and noise, by chunk. */
  public static byte[] disk(long seed, int sizeBytes) {
    Random random = new Random(seed);
    byte[] disk = new byte[sizeBytes];
    for (int from = 0; from < sizeBytes; from += CHUNK_BYTES) {
      int to = Math.min(sizeBytes, from + CHUNK_BYTES);
      int kind = random.nextInt(8);
      if (kind == 0) {
        byte[] noise = new byte[to - from];
        random.nextBytes(noise);
        System.arraycopy(noise, 0, disk, from, noise.length);
      } else if (kind < 3) {
        Arrays.fill(disk, from, to, (byte) (1 + random.nextInt(255)));
      }
    }
    return disk;
  }

  /** Saves the disks whole and makes the point visible. */
  public PointManifest addPoint(int number, Map<String, byte[]> disks) {
    List<PointManifest.Disk> entries = new ArrayList<>();
    new TreeMap<>(disks).forEach((name, bytes) -> entries.add(saveDisk(name, bytes)));
    PointManifest point = point(number, entries);
    Digest manifest = vault.savePointManifest(point).id();
    if (!vault.putPoint(PointRef.of(point, manifest))) {
      throw new IllegalStateException("there was a point " + point.pointId());
    }
    return point;
  }

  public static PointManifest point(int number, List<PointManifest.Disk> disks) {
    return new PointManifest(
        1,
        VAULT_ID,
        ITEM,
        pointId(number),
        "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web",
        "11111111-2222-3333-4444-555555555555",
        "%s-j2026112304050600%d-00000%d".formatted(ITEM, number, number),
        TIME.plusSeconds(3600L * number),
        TIME.plusSeconds(3600L * number + 1),
        new PointManifest.Consistency("FileSystemConsistent", "CrashConsistent"),
        null,
        JsonNodeFactory.instance.objectNode().put("location", "westeurope"),
        disks,
        List.of(),
        List.of(new PointManifest.Warning("ConsistencyDegraded", "No agent.", "Start it.")));
  }

  private PointManifest.Disk saveDisk(String name, byte[] bytes) {
    List<Digest> segments = new ArrayList<>();
    long stored = 0;
    for (int from = 0; from < bytes.length; from += SEGMENT_BYTES) {
      List<Digest> chunks = new ArrayList<>();
      for (int i = 0; i < SegmentIndex.CHUNKS; i++) {
        int at = from + i * CHUNK_BYTES;
        byte[] chunk =
            at < bytes.length
                ? Arrays.copyOf(
                    Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + CHUNK_BYTES)),
                    CHUNK_BYTES)
                : new byte[CHUNK_BYTES];
        Vault.Saved saved = vault.saveChunk(ByteBuffer.wrap(chunk));
        stored += saved.storedBytes();
        chunks.add(saved.id());
      }
      segments.add(
          vault.saveSegment(new SegmentIndex(DigestAlgorithm.SHA_256, CHUNK_BYTES, chunks)).id());
    }
    DiskManifest manifest =
        new DiskManifest(DigestAlgorithm.SHA_256, CHUNK_BYTES, bytes.length, 512, segments);
    return new PointManifest.Disk(
        name,
        "web-" + name,
        "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/disks/web-" + name,
        "unique-" + name,
        name.equals("os") ? null : Integer.valueOf(name.substring(3)),
        bytes.length,
        512,
        "Full",
        "there is no base",
        vault.saveDiskManifest(manifest).id().hex(),
        bytes.length,
        bytes.length,
        stored,
        JsonNodeFactory.instance.objectNode().put("sku", "Premium_LRS"));
  }
}
