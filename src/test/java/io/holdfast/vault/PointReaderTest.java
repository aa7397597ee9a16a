package io.holdfast.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.failure.Corrupt;
import io.holdfast.failure.Invalid;
import io.holdfast.failure.Unavailable;
import io.holdfast.fake.MemoryBlobs;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PointReaderTest {
  private final MemoryBlobs blobs = new MemoryBlobs(InstantSource.fixed(SampleVault.TIME));
  private final SampleVault sample = SampleVault.in(blobs);

  private byte[] read(PointManifest point, String name) throws IOException {
    PointReader reader = new PointReader(sample.vault(), point);
    PointManifest.Disk disk = reader.disk(name);
    byte[] out = new byte[(int) disk.sizeBytes()];
    AtomicLong progress = new AtomicLong();
    reader.read(
        disk,
        (offset, bytes) -> bytes.get(out, (int) offset, bytes.remaining()),
        progress::addAndGet);
    assertThat(progress.get()).isEqualTo(disk.sizeBytes());
    return out;
  }

  @Test
  void givesBackDisksOfEverySize() throws Exception {
    int segment = SampleVault.SEGMENT_BYTES;
    List<Integer> sizes =
        List.of(1, 511, 4096, 4097, 100_000, segment - 1, segment, segment + 1, 2 * segment + 7);
    for (int i = 0; i < sizes.size(); i++) {
      byte[] disk = SampleVault.disk(i, sizes.get(i));
      PointManifest point = sample.addPoint(i, Map.of("os", disk));

      assertThat(read(point, "os")).as("size %d", sizes.get(i)).isEqualTo(disk);
    }
  }

  @Test
  void handsOnNoZeros() throws Exception {
    byte[] disk = new byte[2 * SampleVault.SEGMENT_BYTES];
    disk[disk.length - 1] = 1;
    PointManifest point = sample.addPoint(1, Map.of("os", disk));
    PointReader reader = new PointReader(sample.vault(), point);
    List<Long> offsets = new ArrayList<>();

    reader.read(reader.disk("os"), (offset, bytes) -> offsets.add(offset), bytes -> {});

    assertThat(offsets).containsExactly((long) disk.length - SampleVault.CHUNK_BYTES);
  }

  @Test
  void keepsSeveralGetsInFlightButNotTooMany() throws Exception {
    PointManifest point = sample.addPoint(1, Map.of("os", SampleVault.disk(1, 1_000_000)));
    AtomicInteger inFlight = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    blobs.before(
        (method, name) -> {
          if (name.startsWith("chunks/")) {
            most.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
            try {
              Thread.sleep(2);
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
            inFlight.decrementAndGet();
          }
        });

    assertThat(read(point, "os")).isEqualTo(SampleVault.disk(1, 1_000_000));

    assertThat(most.get()).isBetween(2, PointReader.GETS_IN_FLIGHT_MAX);
  }

  @Test
  void namesDiskOffsetAndChunkOfADamagedOne() {
    byte[] disk = SampleVault.disk(1, 1_000_000);
    int offset = 5 * SampleVault.CHUNK_BYTES;
    System.arraycopy(ObjectCodecTest.noise(4096, 99), 0, disk, offset, 4096);
    PointManifest point = sample.addPoint(1, Map.of("os", new byte[1], "lun3", disk));
    Digest chunk = Digester.sha256().digest(ObjectCodecTest.noise(4096, 99));
    blobs.damage(
        ObjectKind.CHUNK.objectName(chunk),
        bytes -> {
          bytes[2000] ^= 4;
          return bytes;
        });

    assertThatThrownBy(() -> read(point, "lun3"))
        .isInstanceOf(Corrupt.class)
        .hasMessageContaining("disk lun3 of point " + point.pointId())
        .hasMessageContaining("offset " + offset + ":")
        .hasMessageContaining("chunk " + chunk.hex());
  }

  @Test
  void namesTheSegmentWhoseIndexIsGone() {
    PointManifest point =
        sample.addPoint(1, Map.of("os", SampleVault.disk(1, 2 * SampleVault.SEGMENT_BYTES)));
    Digest segment = sample.vault().loadDiskManifest(point.disks().get(0).rootDigest()).segment(1);
    assertThat(blobs.delete(ObjectKind.SEGMENT_INDEX.objectName(segment))).isTrue();

    assertThatThrownBy(() -> read(point, "os"))
        .isInstanceOf(Corrupt.class)
        .hasMessageContaining("segment at offset " + SampleVault.SEGMENT_BYTES)
        .hasMessageContaining(segment.hex() + " is missing");
  }

  @Test
  void refusesAManifestOfAnotherSize() {
    PointManifest point = sample.addPoint(1, Map.of("os", SampleVault.disk(1, 10_000)));
    PointManifest other = sample.addPoint(2, Map.of("os", SampleVault.disk(1, 20_000)));
    PointManifest.Disk small = point.disks().get(0);
    PointManifest.Disk mixed =
        new PointManifest.Disk(
            "os",
            small.name(),
            small.diskId(),
            small.uniqueId(),
            null,
            small.sizeBytes(),
            512,
            "Full",
            "",
            other.disks().get(0).root(),
            0,
            0,
            0,
            small.model());

    assertThatThrownBy(() -> read(SampleVault.point(3, List.of(mixed)), "os"))
        .isInstanceOf(Corrupt.class)
        .hasMessageContaining("10000")
        .hasMessageContaining("20000");
  }

  @Test
  void refusesAnIndexWithChunksPastTheEnd() {
    PointManifest whole =
        sample.addPoint(1, Map.of("os", ObjectCodecTest.noise(8 * SampleVault.CHUNK_BYTES, 1)));
    Digest segment = sample.vault().loadDiskManifest(whole.disks().get(0).rootDigest()).segment(0);
    Digest root =
        sample
            .vault()
            .saveDiskManifest(
                new DiskManifest(
                    DigestAlgorithm.SHA_256, SampleVault.CHUNK_BYTES, 4096, 512, List.of(segment)))
            .id();
    PointManifest.Disk disk = whole.disks().get(0);
    PointManifest.Disk cut =
        new PointManifest.Disk(
            "os",
            disk.name(),
            disk.diskId(),
            disk.uniqueId(),
            null,
            4096,
            512,
            "Full",
            "",
            root.hex(),
            0,
            0,
            0,
            disk.model());

    assertThatThrownBy(() -> read(SampleVault.point(2, List.of(cut)), "os"))
        .isInstanceOf(Corrupt.class)
        .hasMessageContaining("past the end");
  }

  @Test
  void namesTheDisksThatThereAre() {
    PointManifest point = sample.addPoint(1, Map.of("os", new byte[1], "lun0", new byte[1]));

    assertThatThrownBy(() -> read(point, "lun1"))
        .isInstanceOf(Invalid.class)
        .hasMessageContaining("lun1")
        .hasMessageContaining("lun0, os");
  }

  @Test
  void endsWithTheFirstFailureOfASinkOrAStore() {
    PointManifest point = sample.addPoint(1, Map.of("os", SampleVault.disk(1, 1_000_000)));
    PointReader reader = new PointReader(sample.vault(), point);

    assertThatThrownBy(
            () ->
                reader.read(
                    reader.disk("os"),
                    (offset, bytes) -> {
                      throw new IOException("disk full");
                    },
                    bytes -> {}))
        .isInstanceOf(IOException.class)
        .hasMessage("disk full");

    blobs.before(
        (method, name) -> {
          if (name.startsWith("chunks/")) {
            throw new Unavailable("no answer");
          }
        });
    assertThatThrownBy(() -> read(point, "os"))
        .isInstanceOf(Unavailable.class)
        .hasMessage("no answer");
  }
}
