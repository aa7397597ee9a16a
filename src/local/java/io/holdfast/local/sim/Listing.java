package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** Lists in pages with {@code nextLink}. */
final class Listing {
  /** Elements of one page. */
  static final int PAGE_MAX = 50;

  private Listing() {}

  /** The entries of a kind in the subscription, and in the resource group if the path names one. */
  static List<Store.Entry> inScope(Store store, Call call, String kind) {
    String prefix = "/subscriptions/" + call.var("sub") + "/";
    String scope =
        call.var("rg") == null ? prefix : prefix + "resourceGroups/" + call.var("rg") + "/";
    return store.list(kind).stream()
        .filter(entry -> entry.key().startsWith(scope.toLowerCase(Locale.ROOT)))
        .toList();
  }

  static Reply page(Call call, List<Store.Entry> entries, Function<Store.Entry, ObjectNode> view) {
    int from = call.query("$skiptoken").map(Listing::offset).orElse(0);
    int to = Math.min(entries.size(), from + PAGE_MAX);
    ObjectNode tree = Json.object();
    ArrayNode value = tree.putArray("value");
    for (Store.Entry entry : entries.subList(Math.min(from, to), to)) {
      value.add(view.apply(entry));
    }
    if (to < entries.size()) {
      tree.put(
          "nextLink",
          "%s%s?api-version=%s&$skiptoken=%d"
              .formatted(
                  call.base(),
                  call.path().replace(" ", "%20"),
                  call.query("api-version").orElse(""),
                  to));
    }
    return Reply.json(200, tree);
  }

  private static int offset(String token) {
    try {
      return Integer.parseUnsignedInt(token);
    } catch (NumberFormatException e) {
      throw Refusal.invalid("$skiptoken", "'" + token + "' is not one of ours");
    }
  }
}
