package io.holdfast.local.sim;

import static org.assertj.core.api.Assertions.assertThat;

import com.azure.storage.blob.models.BlobRange;
import com.azure.storage.blob.models.ClearRange;
import com.azure.storage.blob.models.PageList;
import com.azure.storage.blob.models.PageRange;
import com.azure.storage.blob.options.ListPageRangesOptions;
import com.azure.storage.blob.specialized.PageBlobClient;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiffTest {
  private static final int BLOCK = 4096;
  private static final Pattern RANGE =
      Pattern.compile("<(Page|Clear)Range><Start>(\\d+)</Start><End>(\\d+)</End>");

  @TempDir Path data;
  private Bench bench;

  /** One range of a diff; end exclusive. */
  private record Range(boolean clear, long start, long end) {}

  @BeforeEach
  void start() {
    bench = new Bench(data);
  }

  @AfterEach
  void stop() {
    bench.close();
  }

  @Test
  void aDiffEqualsAComparisonOfTheTwoDisksByteByByte() throws Exception {
    for (int seed = 0; seed < 8; seed++) {
      String disk = "disk" + seed;
      Random random = new Random(seed);
      long size = (4 + seed) * Bench.MIB + 512L * random.nextInt(16); // the last block may be short
      bench.disk(disk, size);
      scribble(random, disk, size, 60);
      byte[] before = Files.readAllBytes(bench.raw(disk));
      bench.snapshot(disk + "-a", disk);
      scribble(random, disk, size, 40);
      byte[] after = Files.readAllBytes(bench.raw(disk));
      bench.snapshot(disk + "-b", disk);

      List<Range> diff =
          diff(bench.grantSnapshot(disk + "-b"), bench.grantSnapshot(disk + "-a"), size, size);

      assertThat(diff).as("seed %d", seed).isEqualTo(bruteForce(before, after));
      assertThat(apply(before, after, diff)).as("seed %d", seed).isEqualTo(after);
    }
  }

  @Test
  void pageRangesCoverAllDataAndNoHole() throws Exception {
    long size = 64 * Bench.MIB;
    bench.disk("sparse", size);
    Random random = new Random(7);
    for (int i = 0; i < 50; i++) {
      byte[] bytes = new byte[1 + random.nextInt(9000)];
      random.nextBytes(bytes);
      bench.write("sparse", (long) random.nextInt((int) (size - bytes.length)), bytes);
    }
    punch("sparse", 8 * Bench.MIB, 16 * Bench.MIB);
    bench.snapshot("s", "sparse");
    byte[] content = Files.readAllBytes(bench.raw("sparse"));
    PageBlobClient blob = Bench.blob(bench.grantSnapshot("s"));

    boolean[] covered = new boolean[(int) (size / BLOCK)];
    blob.listPageRanges(
            new ListPageRangesOptions(new BlobRange(0)).setMaxResultsPerPage(7), null, null)
        .forEach(
            item -> {
              assertThat(item.isClear()).isFalse();
              long offset = item.getRange().getOffset();
              assertThat(offset % BLOCK).isZero();
              for (long at = offset; at < offset + item.getRange().getLength(); at += BLOCK) {
                covered[(int) (at / BLOCK)] = true;
              }
            });
    for (int block = 0; block < covered.length; block++) {
      boolean zero = isZero(content, block * BLOCK, BLOCK);
      assertThat(covered[block] || zero)
          .as("block %d holds data and is not listed", block)
          .isTrue();
    }
    assertThat(covered[(int) (12 * Bench.MIB / BLOCK)]).as("a hole is not listed").isFalse();
  }

  @Test
  void moreThanTenThousandRangesComeInPagesAndInWindows() throws Exception {
    long size = 128 * Bench.MIB;
    bench.disk("frag", size);
    byte[] full = new byte[(int) (32 * Bench.MIB)];
    new Random(1).nextBytes(full);
    bench.write("frag", 0, full);
    bench.snapshot("a", "frag");
    byte[] block = new byte[BLOCK];
    for (long at = 0; at < size; at += 2 * BLOCK) {
      new Random(at).nextBytes(block);
      bench.write("frag", at, block);
      if (at < 32 * Bench.MIB && at % (8 * BLOCK) == 0) {
        bench.write("frag", at + BLOCK, new byte[BLOCK]); // cleared beside what is written
      }
    }
    byte[] before = Arrays.copyOf(full, (int) size);
    byte[] after = Files.readAllBytes(bench.raw("frag"));
    bench.snapshot("b", "frag");
    String now = bench.grantSnapshot("b");
    String base = bench.grantSnapshot("a");
    List<Range> expected = bruteForce(before, after);
    assertThat(expected).hasSizeGreaterThan(16_000);
    assertThat(expected.stream().filter(Range::clear)).hasSizeGreaterThan(1000);

    PageList whole = Bench.blob(now).getManagedDiskPageRangesDiff(new BlobRange(0), base);
    assertThat(whole.getPageRange().size() + whole.getClearRange().size())
        .as("the client drops NextMarker, so one call gets one page")
        .isEqualTo(PageLists.RANGES_MAX);
    assertThat(diff(now, base, size, 32 * Bench.MIB)).isEqualTo(expected);
    assertThat(paged(now, base, "")).isEqualTo(expected);
    assertThat(paged(now, base, "&maxresults=3001")).isEqualTo(expected);

    HttpResponse<String> old =
        bench.call(
            "GET",
            now + "&comp=pagelist",
            "",
            "x-ms-version",
            "2019-12-12",
            "x-ms-previous-snapshot-url",
            base);
    assertThat(read(old.body())).as("before 2020-10-02 there are no pages").isEqualTo(expected);
  }

  @Test
  void parallelReadersGetTheSnapshotWhileTheGuestWrites() throws Exception {
    int size = (int) (32 * Bench.MIB);
    bench.disk("busy", size);
    byte[] bytes = new byte[size / 2];
    new Random(1).nextBytes(bytes);
    bench.write("busy", size / 4, bytes);
    byte[] before = Files.readAllBytes(bench.raw("busy"));
    bench.snapshot("s", "busy");
    String sas = bench.grantSnapshot("s");
    AtomicBoolean guest = new AtomicBoolean(true);
    ExecutorService threads = Executors.newFixedThreadPool(7);
    try {
      Future<?> writer =
          threads.submit(
              () -> {
                for (int i = 0; guest.get(); i++) {
                  bench.write("busy", i * 37L % (size - 8), new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
                }
              });
      List<Future<?>> readers = new ArrayList<>();
      for (int reader = 0; reader < 6; reader++) {
        Random random = new Random(reader);
        readers.add(
            threads.submit(
                () -> {
                  PageBlobClient blob = Bench.blob(sas);
                  for (int i = 0; i < 15; i++) {
                    int offset = random.nextInt(size);
                    int length = 1 + random.nextInt(Math.min(size - offset, 5_000_000));
                    assertThat(Bench.download(blob, offset, length))
                        .isEqualTo(Arrays.copyOfRange(before, offset, offset + length));
                  }
                }));
      }
      for (Future<?> reader : readers) {
        reader.get();
      }
      guest.set(false);
      writer.get();
    } finally {
      guest.set(false);
      threads.shutdown();
    }
  }

  @Test
  void aDiffNeedsAnActiveUrlOfTheSameFamily() {
    bench.disk("d1", Bench.MIB);
    bench.disk("d2", Bench.MIB);
    bench.snapshot("a", "d1");
    bench.snapshot("b", "d1");
    bench.snapshot("other", "d2");
    String a = bench.grantSnapshot("a");
    String b = bench.grantSnapshot("b");
    assertThat(errorOf(b, bench.grantSnapshot("other")))
        .isEqualTo("409 PreviousSnapshotOperationNotSupported");
    assertThat(errorOf(a, b)).isEqualTo("400 PreviousSnapshotCannotBeNewer");
    assertThat(errorOf(b, a.replace("sig=", "sig=x"))).isEqualTo("409 PreviousSnapshotNotFound");
    assertThat(errorOf(b, "nonsense")).isEqualTo("400 InvalidHeaderValue");
    bench.compute.getSnapshots().revokeAccess(Bench.RG, "a");
    assertThat(errorOf(b, a)).isEqualTo("409 PreviousSnapshotNotFound");
    bench.compute.getSnapshots().delete(Bench.RG, "a");
    assertThat(errorOf(b, a)).isEqualTo("409 PreviousSnapshotNotFound");
  }

  @Test
  void aGrownDiskDiffersWhereItGrew() {
    bench.disk("grow", Bench.MIB);
    bench.write("grow", 0, new byte[] {1});
    bench.snapshot("a", "grow");
    bench.call(
        "PATCH",
        Bench.id("disks/grow") + "?api-version=2025-01-02",
        "{\"properties\":{\"diskSizeBytes\":%d}}".formatted(2 * Bench.MIB));
    bench.write("grow", Bench.MIB + BLOCK, new byte[] {1});
    bench.snapshot("b", "grow");
    assertThat(
            diff(bench.grantSnapshot("b"), bench.grantSnapshot("a"), 2 * Bench.MIB, 2 * Bench.MIB))
        .containsExactly(new Range(false, Bench.MIB + BLOCK, Bench.MIB + 2 * BLOCK));
  }

  private String errorOf(String now, String base) {
    HttpResponse<String> answer =
        bench.call(
            "GET",
            now + "&comp=pagelist",
            "",
            "x-ms-version",
            "2023-11-03",
            "x-ms-previous-snapshot-url",
            base);
    assertThat(answer.body()).startsWith("<?xml");
    return answer.statusCode() + " " + answer.headers().firstValue("x-ms-error-code").orElse("");
  }

  private void scribble(Random random, String disk, long size, int times) throws Exception {
    for (int i = 0; i < times; i++) {
      byte[] bytes = new byte[1 + random.nextInt(20_000)];
      long offset = random.nextInt((int) (size - bytes.length));
      switch (random.nextInt(4)) {
        case 0 -> punch(disk, offset / BLOCK * BLOCK, BLOCK * (1 + random.nextInt(40)));
        case 1 -> bench.write(disk, offset, bytes); // zeros
        default -> {
          random.nextBytes(bytes);
          bench.write(disk, offset, bytes);
        }
      }
    }
  }

  /** As a guest's discard; where fallocate is missing, zeros do. */
  private void punch(String disk, long offset, long length) throws Exception {
    long size = Files.size(bench.raw(disk));
    long bytes = Math.min(length, size - offset);
    try {
      Process process =
          new ProcessBuilder(
                  "fallocate", "-p", "-o", "" + offset, "-l", "" + bytes, "" + bench.raw(disk))
              .start();
      assertThat(process.waitFor()).isZero();
    } catch (IOException noFallocate) {
      bench.write(disk, offset, new byte[(int) bytes]);
    }
  }

  /** What the app does: bounded windows, each below the cap. */
  private static List<Range> diff(String now, String base, long size, long window) {
    PageBlobClient blob = Bench.blob(now);
    TreeMap<Long, Range> all = new TreeMap<>();
    for (long at = 0; at < size; at += window) {
      PageList list =
          blob.getManagedDiskPageRangesDiff(new BlobRange(at, Math.min(window, size - at)), base);
      assertThat(list.getPageRange().size() + list.getClearRange().size())
          .isLessThan(PageLists.RANGES_MAX);
      for (PageRange range : list.getPageRange()) {
        all.put(range.getStart(), new Range(false, range.getStart(), range.getEnd() + 1));
      }
      for (ClearRange range : list.getClearRange()) {
        all.put(range.getStart(), new Range(true, range.getStart(), range.getEnd() + 1));
      }
    }
    return List.copyOf(all.values());
  }

  private List<Range> paged(String now, String base, String more) {
    List<Range> all = new ArrayList<>();
    String marker = "";
    do {
      HttpResponse<String> answer =
          bench.call(
              "GET",
              now + "&comp=pagelist" + more + (marker.isEmpty() ? "" : "&marker=" + marker),
              "",
              "x-ms-version",
              "2023-11-03",
              "x-ms-previous-snapshot-url",
              base);
      assertThat(answer.statusCode()).isEqualTo(200);
      all.addAll(read(answer.body()));
      Matcher next = Pattern.compile("<NextMarker>(.+)</NextMarker>").matcher(answer.body());
      marker = next.find() ? next.group(1) : "";
    } while (!marker.isEmpty());
    return all;
  }

  private static List<Range> read(String xml) {
    List<Range> list = new ArrayList<>();
    Matcher matcher = RANGE.matcher(xml);
    while (matcher.find()) {
      list.add(
          new Range(
              matcher.group(1).equals("Clear"),
              Long.parseLong(matcher.group(2)),
              Long.parseLong(matcher.group(3)) + 1));
    }
    return list;
  }

  private static List<Range> bruteForce(byte[] before, byte[] after) {
    List<Range> list = new ArrayList<>();
    for (int at = 0; at < after.length; at += BLOCK) {
      int end = Math.min(after.length, at + BLOCK);
      if (Arrays.equals(before, at, end, after, at, end)) {
        continue;
      }
      boolean clear = isZero(after, at, end - at);
      Range last = list.isEmpty() ? null : list.get(list.size() - 1);
      if (last != null && last.end == at && last.clear == clear) {
        list.set(list.size() - 1, new Range(clear, last.start, end));
      } else {
        list.add(new Range(clear, at, end));
      }
    }
    return list;
  }

  private static byte[] apply(byte[] before, byte[] after, List<Range> diff) {
    byte[] result = before.clone();
    for (Range range : diff) {
      if (range.clear) {
        Arrays.fill(result, (int) range.start, (int) range.end, (byte) 0);
      } else {
        System.arraycopy(
            after, (int) range.start, result, (int) range.start, (int) (range.end - range.start));
      }
    }
    return result;
  }

  private static boolean isZero(byte[] bytes, int offset, int length) {
    for (int i = offset; i < offset + length; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }
}
