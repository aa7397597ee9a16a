package io.holdfast.e2e;

import com.azure.data.tables.TableClient;
import com.azure.data.tables.TableServiceClient;
import com.azure.data.tables.TableServiceClientBuilder;
import com.azure.data.tables.models.ListEntitiesOptions;
import com.azure.data.tables.models.TableEntity;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * How far an item's newest job is, by its rows in Table Storage: they can be read while no host
 * runs.
 */
final class JobRowsSeen {
  private static final String JOB = "job-";

  private final TableServiceClient tables;
  private final TableClient catalogue;
  private final String item;
  private final Set<String> before;

  private JobRowsSeen(TableServiceClient tables, String item) {
    this.tables = tables;
    this.catalogue = tables.getTableClient("HoldfastCatalogue");
    this.item = item;
    this.before = new TreeSet<>(keysOf(rows("")));
  }

  /** Begins to look for the item's next job. */
  static JobRowsSeen of(Stack stack, String item) {
    return new JobRowsSeen(
        new TableServiceClientBuilder().connectionString(stack.storage()).buildClient(), item);
  }

  /** Where a backup is, in the order in which it goes. */
  enum Phase {
    /** The request, or the timer, is on its way; there is no job yet. */
    REQUEST,
    QUEUED,
    SNAPSHOT,
    PLANNING,
    TRANSFER,
    FINALIZE,
    /** The job shows its end; rows of its work are still there. */
    RELEASE,
    ENDED
  }

  /** Where the newest job is now. */
  Phase phase() {
    List<TableEntity> rows = rows("");
    for (TableEntity row : rows) {
      if (row.getRowKey().startsWith(JOB) && !before.contains(row.getRowKey())) {
        String work = "work-" + row.getRowKey().substring(JOB.length()) + "-";
        List<String> keys =
            rows.stream()
                .map(TableEntity::getRowKey)
                .filter(key -> key.startsWith(work))
                .map(key -> key.substring(work.length()))
                .toList();
        return phase(row.getProperty("status").toString(), keys);
      }
    }
    return Phase.REQUEST;
  }

  private static Phase phase(String status, List<String> work) {
    return switch (status) {
      case "QUEUED" -> Phase.QUEUED;
      case "IN_PROGRESS" -> {
        if (work.stream().anyMatch(key -> key.startsWith("open-lane-"))) {
          yield Phase.TRANSFER;
        }
        if (work.stream().anyMatch(key -> key.startsWith("open-plan-"))) {
          yield Phase.PLANNING;
        }
        // A sealed plan of which nothing is open is done; without one the snapshot is awaited.
        yield work.stream().anyMatch(key -> key.startsWith("plan-"))
            ? Phase.FINALIZE
            : Phase.SNAPSHOT;
      }
      case "COMMITTED" -> Phase.FINALIZE;
      default -> work.isEmpty() ? Phase.ENDED : Phase.RELEASE;
    };
  }

  /** What a job that has ended must not have left in the tables, and what waits for a human. */
  List<String> leftovers() {
    List<String> left =
        new ArrayList<>(keysOf(rows(" and RowKey ge 'work-' and RowKey lt 'work.'")));
    for (TableEntity open : catalogue.listEntities(partition("open", ""), null, null)) {
      if (open.getRowKey().startsWith(item)) {
        left.add("open " + open.getRowKey());
      }
    }
    for (TableEntity parked : tables.getTableClient("HoldfastParked").listEntities()) {
      left.add("parked " + parked.getPartitionKey() + " " + parked.getRowKey());
    }
    return left;
  }

  private static List<String> keysOf(List<TableEntity> rows) {
    return rows.stream().map(TableEntity::getRowKey).toList();
  }

  private List<TableEntity> rows(String more) {
    return catalogue.listEntities(partition(item, more), null, null).stream().toList();
  }

  private static ListEntitiesOptions partition(String partition, String more) {
    return new ListEntitiesOptions()
        .setFilter("PartitionKey eq '%s'%s".formatted(partition, more))
        .setSelect(List.of("PartitionKey", "RowKey", "status"));
  }
}
