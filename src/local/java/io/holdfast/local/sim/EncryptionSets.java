package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.Optional;

/** Disk encryption sets: any exists; {@code /_sim} can say that the key of one is gone. */
final class EncryptionSets {
  private static final String KIND = "diskEncryptionSets";
  private static final String PATH = "/_sim/diskEncryptionSets/{des}";

  private final Store store;

  EncryptionSets(Store store) {
    this.store = store;
  }

  void routes(Router router) {
    router.on("PUT", PATH, "_sim", this::put);
  }

  private Reply put(Call call) {
    ObjectNode body = call.json();
    if (!body.path("broken").isBoolean()) {
      throw Refusal.invalid("broken", "true or false is expected");
    }
    String key = call.var("des").toLowerCase(Locale.ROOT);
    if (body.get("broken").asBoolean()) {
      store.save(new Store.Entry(KIND, key, body, Json.object()));
    } else {
      store.remove(KIND, key);
    }
    return Reply.json(200, body);
  }

  /** The name of a disk's encryption set whose key does not work. */
  static Optional<String> brokenOf(Store store, Store.Entry disk) {
    String id = Json.text(disk.properties(), "/encryption/diskEncryptionSetId");
    String name = id.substring(id.lastIndexOf('/') + 1);
    return store.find(KIND, name.toLowerCase(Locale.ROOT)).map(found -> name);
  }
}
