package io.holdfast.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.bench.GrowthWorld.Run;
import io.holdfast.catalogue.ChangeSource;
import io.holdfast.vault.SegmentIndex;
import io.holdfast.vault.VaultConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/**
 * What one incremental backup costs when the disk is larger, and when there are more earlier
 * points: the same number of changed chunks each time. The real steps run, on stores in memory.
 */
public final class GrowthBench {
  private static final int WARM_UPS = 2;
  private static final int RUNS = 5;

  /** Chunks that each of the many earlier points has changed. */
  private static final int CHANGED_BEFORE = 4;

  private final Scale scale;
  private final Consumer<String> progress;
  private final List<Map<String, Object>> rows = new ArrayList<>();

  /**
   * How large.
   *
   * @param chunkBytes of the vault
   * @param segments of the disks; the first is the smallest
   * @param points how many earlier points there are, in order
   * @param changed chunks that an incremental finds changed
   */
  public record Scale(int chunkBytes, List<Integer> segments, List<Integer> points, int changed) {
    /** 64 GiB, 1 TiB and 32 TiB; 10, 100 and 1,000 points; 200 chunks. */
    public static final Scale FULL =
        new Scale(
            VaultConfig.CHUNK_BYTES_DEFAULT, List.of(16, 256, 8192), List.of(10, 100, 1000), 200);

    /** The same shape in seconds. */
    public static final Scale QUICK = new Scale(4096, List.of(16, 64, 256), List.of(4, 8, 16), 40);

    private long bytes(int ofSegments) {
      return (long) ofSegments * SegmentIndex.CHUNKS * chunkBytes;
    }

    /** The chunk of a segment that the first point holds. */
    private long first(long segment) {
      return segment * SegmentIndex.CHUNKS + 7;
    }

    /** The changed chunks, evenly over so many segments. */
    private List<Long> spread(int overSegments) {
      long chunks = (long) overSegments * SegmentIndex.CHUNKS;
      return LongStream.range(0, changed).mapToObj(i -> i * chunks / changed).toList();
    }
  }

  private GrowthBench(Scale scale, Consumer<String> progress) {
    this.scale = scale;
    this.progress = progress;
  }

  /** {@code FILE [quick]}: writes the figures as JSON. */
  public static void main(String[] arguments) throws IOException {
    boolean quick = arguments.length > 1 && arguments[1].equals("quick");
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put(
        "rows", new GrowthBench(quick ? Scale.QUICK : Scale.FULL, System.err::println).run());
    new ObjectMapper()
        .writerWithDefaultPrettyPrinter()
        .writeValue(Path.of(arguments[0]).toFile(), figures);
  }

  /** All figures of a scale, a row for each case. */
  public static List<Map<String, Object>> measure(Scale scale) {
    return new GrowthBench(scale, unheard -> {}).run();
  }

  private List<Map<String, Object>> run() {
    scale.segments().forEach(this::disk);
    points();
    return rows;
  }

  /** One chunk of each segment holds data, so that no segment is the one of zeros. */
  private GrowthWorld protect(SyntheticDisk disk, int segments) {
    GrowthWorld world = new GrowthWorld(disk, scale.chunkBytes());
    disk.write(LongStream.range(0, segments).map(scale::first).boxed().toList());
    Run full = world.backUp();
    progress.accept(
        "first point of %d segments: %d ms".formatted(segments, full.nanos() / 1_000_000));
    return world;
  }

  private void disk(int segments) {
    SyntheticDisk disk = new SyntheticDisk(scale.bytes(segments), scale.chunkBytes());
    try (GrowthWorld world = protect(disk, segments)) {
      List<Long> together = scale.spread(scale.segments().get(0));
      incrementals(world, disk, together, WARM_UPS);
      add("disk", segments, "together", world, incrementals(world, disk, together, RUNS));
      List<Long> spread = scale.spread(segments);
      incrementals(world, disk, spread, 1);
      add("disk", segments, "spread", world, incrementals(world, disk, spread, RUNS));
    }
  }

  private void points() {
    int segments = scale.segments().get(1);
    SyntheticDisk disk = new SyntheticDisk(scale.bytes(segments), scale.chunkBytes());
    try (GrowthWorld world = protect(disk, segments)) {
      List<Long> changed = scale.spread(scale.segments().get(0));
      incrementals(world, disk, changed, WARM_UPS);
      for (int points : scale.points()) {
        List<Long> few = changed.subList(0, CHANGED_BEFORE);
        incrementals(world, disk, few, points - world.points().size());
        add("points", segments, "together", world, incrementals(world, disk, changed, RUNS));
      }
    }
  }

  private static List<Run> incrementals(
      GrowthWorld world, SyntheticDisk disk, List<Long> changed, int times) {
    List<Run> runs = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      disk.write(changed);
      Run run = world.backUp();
      ChangeSource source = run.job().disks().get(0).result().changeSource();
      if (source != ChangeSource.SNAPSHOT_DIFF) {
        throw new IllegalStateException("an incremental went by " + source);
      }
      runs.add(run);
    }
    return runs;
  }

  private void add(String series, int segments, String place, GrowthWorld world, List<Run> runs) {
    long[] millis = runs.stream().mapToLong(run -> run.nanos() / 1_000_000).sorted().toArray();
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("series", series);
    row.put("diskGiB", scale.bytes(segments) >> 30);
    row.put("segments", segments);
    row.put("place", place);
    row.put("changedChunks", scale.changed());
    row.put("earlierPoints", world.points().size() - runs.size());
    row.put("millis", millis[millis.length / 2]);
    row.put("millisMin", millis[0]);
    row.put("millisMax", millis[millis.length - 1]);
    row.put("counts", runs.get(runs.size() - 1).counts());
    rows.add(row);
    progress.accept(row.toString());
  }
}
