package io.holdfast.local.host;

import com.azure.storage.queue.QueueClient;
import com.azure.storage.queue.models.QueueMessageItem;
import com.azure.storage.queue.models.QueueStorageException;
import com.azure.storage.queue.models.UpdateMessageResult;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * A message that this host has taken. The pop receipt changes with every renewal, so all that needs
 * it goes through here, one at a time.
 */
final class LeasedMessage {
  private static final Logger LOG = Logger.getLogger(LeasedMessage.class.getName());

  private final QueueClient queue;
  private final QueueMessageItem item;
  private final String body;
  private final Duration lease;
  private String popReceipt;
  private ScheduledFuture<?> renewal;
  private boolean over;

  LeasedMessage(QueueClient queue, QueueMessageItem item, Duration lease) {
    this.queue = queue;
    this.item = item;
    this.body = item.getBody() == null ? "" : item.getBody().toString();
    this.lease = lease;
    this.popReceipt = item.getPopReceipt();
  }

  QueueMessageItem item() {
    return item;
  }

  /** The body as the queue holds it, not decoded. */
  String body() {
    return body;
  }

  /** Renews the lease at half of its time, until the message is deleted or released. */
  synchronized void keep(ScheduledExecutorService clock) {
    long halfMillis = Math.max(1, lease.toMillis() / 2);
    renewal =
        clock.scheduleWithFixedDelay(this::renew, halfMillis, halfMillis, TimeUnit.MILLISECONDS);
  }

  private synchronized void renew() {
    if (over) {
      return;
    }
    try {
      hide(lease);
    } catch (RuntimeException e) {
      // An exception would end the renewals for good; the next one may succeed. The function runs
      // on, as in Azure: should the lease end, the message is delivered again.
      LOG.log(Level.WARNING, "Cannot renew the lease of " + this, e);
    }
  }

  /** The message is done with. */
  synchronized void delete() {
    end();
    try {
      queue.deleteMessage(item.getMessageId(), popReceipt);
    } catch (QueueStorageException e) {
      if (e.getStatusCode() != 404 && e.getStatusCode() != 400) {
        throw e;
      }
      LOG.warning(
          "%s was taken by someone else or deleted before its function ended (%s)"
              .formatted(this, e.getErrorCode()));
    }
  }

  /** Gives the message back, to be seen again after the delay. Does nothing once it has ended. */
  synchronized void release(Duration delay) {
    if (over) {
      return;
    }
    end();
    try {
      hide(delay);
    } catch (QueueStorageException e) {
      if (e.getStatusCode() != 404 && e.getStatusCode() != 400) {
        throw e;
      }
      LOG.warning("%s could not be released: %s".formatted(this, e.getErrorCode()));
    }
  }

  private void hide(Duration time) {
    UpdateMessageResult updated = queue.updateMessage(item.getMessageId(), popReceipt, body, time);
    popReceipt = updated.getPopReceipt();
  }

  private void end() {
    over = true;
    if (renewal != null) {
      renewal.cancel(false);
    }
  }

  @Override
  public String toString() {
    return "message " + item.getMessageId() + " of queue " + queue.getQueueName();
  }
}
