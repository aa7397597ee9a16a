package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What was asked, for tests: the newest requests and a count per operation. No query, no token. */
final class RequestLog {
  private static final int KEPT_MAX = 20_000;

  private final Deque<ComputeSimulator.Seen> newest = new ArrayDeque<>();
  private final Map<String, Long> counts = new TreeMap<>();

  synchronized void add(ComputeSimulator.Seen seen) {
    if (newest.size() == KEPT_MAX) {
      newest.removeFirst();
    }
    newest.addLast(seen);
    counts.merge(seen.operation(), 1L, Long::sum);
  }

  synchronized List<ComputeSimulator.Seen> newest() {
    return List.copyOf(newest);
  }

  synchronized ObjectNode counts() {
    ObjectNode tree = Json.object();
    ObjectNode operations = tree.putObject("operations");
    counts.forEach(operations::put);
    return tree.put("total", counts.values().stream().mapToLong(Long::longValue).sum());
  }

  synchronized void clear() {
    newest.clear();
    counts.clear();
  }
}
