package io.holdfast.local.host;

import com.azure.storage.queue.QueueClient;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Sends what functions set on their queue outputs, and their {@code $return} where it is one. */
final class QueueOutputs {
  private static final String RETURN = "$return";

  private final AppSettings settings;
  private final Storage storage;
  private final boolean base64;
  private final Consumer<String> sentTo;
  private final Map<BindingSpec, QueueClient> clients = new ConcurrentHashMap<>();

  /**
   * @param sentTo told the queue's name after each message, so that its listener looks at once
   */
  QueueOutputs(AppSettings settings, Storage storage, boolean base64, Consumer<String> sentTo) {
    this.settings = settings;
    this.storage = storage;
    this.base64 = base64;
    this.sentTo = sentTo;
  }

  void send(LoadedFunction function, LoadedFunction.Outcome outcome) {
    for (BindingSpec binding : function.spec().outputs()) {
      if (!binding.type().equals("queue")) {
        continue;
      }
      Object value =
          binding.name().equals(RETURN)
              ? outcome.returned()
              : outcome.outputs().get(binding.name());
      for (Object message : messages(value)) {
        QueueClient queue = clients.computeIfAbsent(binding, found -> client(function, found));
        queue.sendMessage(encode(Json.bytes(message)));
        sentTo.accept(queue.getQueueName());
      }
    }
  }

  private QueueClient client(LoadedFunction function, BindingSpec binding) {
    String where = "Function " + function.name();
    QueueClient queue =
        storage.queue(
            settings.connectionString(binding.text("connection", ""), where),
            settings.resolve(binding.text("queueName", ""), where));
    queue.createIfNotExists();
    return queue;
  }

  private String encode(byte[] body) {
    return base64
        ? Base64.getEncoder().encodeToString(body)
        : new String(body, StandardCharsets.UTF_8);
  }

  private static Collection<?> messages(Object value) {
    if (value == null) {
      return List.of();
    }
    if (value instanceof Collection<?> several) {
      return several;
    }
    return value instanceof Object[] array ? List.of(array) : List.of(value);
  }
}
