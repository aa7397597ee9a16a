package io.holdfast.plan;

import io.holdfast.plan.Prices.Price;
import java.util.ArrayList;
import java.util.List;

/**
 * What backups of items cost in a month, line by line. Pure. The formulas are those of {@code
 * docs/costs.md}.
 */
public final class Costs {
  private static final double GIB = 1L << 30;
  private static final double TEN_THOUSAND = 10_000;
  private static final double DAYS = 30.4;

  /** Bytes of a chunk object; each is one write. */
  private static final double CHUNK_BYTES = 4L << 20;

  /** Rate and memory of one lane: docs/performance.md. */
  private static final double READ_BYTES_PER_SECOND = 60.0 * (1L << 20);

  private static final double MEMORY_GB = 2;

  /** Messages of one backup beside those of its segments, each put, taken and deleted. */
  private static final double QUEUE_OPERATIONS = 3 * 12.0;

  private static final double SEGMENT_CHUNKS = 1_024;

  private Costs() {}

  /**
   * A line.
   *
   * @param quantity a month, in the price's unit; null: not known
   * @param monthly in the prices' currency; null: not known
   * @param unknown why it is not known; null when it is
   */
  public record Line(Price price, Double quantity, Double monthly, String unknown) {}

  /** Of all items together, a line a meter. */
  public static List<Line> monthly(List<ItemPlan> items, Prices prices) {
    List<Line> lines = new ArrayList<>();
    lines.add(line(prices.of("VaultStorage"), items, Costs::vaultGib));
    lines.add(line(prices.of("VaultWrites"), items, Costs::vaultWrites));
    lines.add(line(prices.of("SnapshotStorage"), items, Costs::snapshotGib));
    lines.add(line(prices.of("Compute"), items, Costs::gbSeconds));
    lines.add(line(prices.of("QueueOperations"), items, Costs::queueOperations));
    lines.add(line(prices.of("SnapshotReads"), items, Costs::snapshotReads));
    lines.add(line(prices.of("TableOperations"), items, item -> null));
    return List.copyOf(lines);
  }

  /** The sum of what is known; null when nothing is. */
  public static Double total(List<Line> lines) {
    return lines.stream().anyMatch(line -> line.monthly() != null)
        ? lines.stream().filter(line -> line.monthly() != null).mapToDouble(Line::monthly).sum()
        : null;
  }

  @FunctionalInterface
  private interface Quantity {
    Double of(ItemPlan item);
  }

  private static Line line(Price price, List<ItemPlan> items, Quantity quantity) {
    double sum = 0;
    int unknown = 0;
    for (ItemPlan item : items) {
      Double one = item.policyAfter() == null ? Double.valueOf(0) : quantity.of(item);
      if (one == null) {
        unknown++;
      } else {
        sum += one;
      }
    }
    String why = null;
    if (unknown > 0) {
      why = "not known of %d of %d VMs".formatted(unknown, items.size());
    }
    if (price.price() == null) {
      why = why == null ? price.checked() : why + "; " + price.checked();
    }
    Double known = unknown == items.size() && !items.isEmpty() ? null : Double.valueOf(sum);
    return new Line(
        price, known, known == null || price.price() == null ? null : known * price.price(), why);
  }

  /** The first backup, and for each further point that stays what a backup adds. */
  private static Double vaultGib(ItemPlan item) {
    Long first = item.load().firstBytes();
    if (first == null) {
      // The first backup is no longer on record; no more than is allocated was stored by it.
      first = item.load().allocatedBytes();
    }
    Long added = item.load().storedBytes();
    return first == null || added == null
        ? null
        : Double.valueOf((first + (double) added * Math.max(0, item.pointsMax() - 1)) / GIB);
  }

  private static Double vaultWrites(ItemPlan item) {
    Long changed = item.load().changedBytes();
    return changed == null
        ? null
        : Double.valueOf(
            (changed / CHUNK_BYTES + changed / CHUNK_BYTES / SEGMENT_CHUNKS + 5)
                * item.slotsPerDay()
                * DAYS
                / TEN_THOUSAND);
  }

  /** The newest snapshot holds what is allocated, each older one what changed since. */
  private static Double snapshotGib(ItemPlan item) {
    if (item.instantRestoreDays() == 0) {
      return 0.0;
    }
    Long allocated = item.load().allocatedBytes();
    Long changed = item.load().changedBytes();
    return allocated == null || changed == null
        ? null
        : Double.valueOf(
            (allocated + changed * Math.max(0, item.instantRestoreDays() * item.slotsPerDay() - 1))
                / GIB);
  }

  private static Double gbSeconds(ItemPlan item) {
    Long read = item.load().readBytes(item.instantRestoreDays() > 0);
    return read == null
        ? null
        : Double.valueOf(read / READ_BYTES_PER_SECOND * MEMORY_GB * item.slotsPerDay() * DAYS);
  }

  private static Double queueOperations(ItemPlan item) {
    Long read = item.load().readBytes(item.instantRestoreDays() > 0);
    return read == null
        ? null
        : Double.valueOf(
            (QUEUE_OPERATIONS + 3 * read / (CHUNK_BYTES * SEGMENT_CHUNKS))
                * item.slotsPerDay()
                * DAYS
                / TEN_THOUSAND);
  }

  private static Double snapshotReads(ItemPlan item) {
    Long read = item.load().readBytes(item.instantRestoreDays() > 0);
    return read == null
        ? null
        : Double.valueOf(read / CHUNK_BYTES * item.slotsPerDay() * DAYS / TEN_THOUSAND);
  }
}
