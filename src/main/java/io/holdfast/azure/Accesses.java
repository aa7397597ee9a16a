package io.holdfast.azure;

import com.azure.core.http.HttpClient;
import com.azure.core.management.polling.PollResult;
import com.azure.core.util.polling.LongRunningOperationStatus;
import com.azure.core.util.polling.PollResponse;
import com.azure.core.util.polling.SyncPoller;
import com.azure.resourcemanager.compute.fluent.ComputeManagementClient;
import com.azure.resourcemanager.compute.fluent.models.AccessUriInner;
import com.azure.resourcemanager.compute.models.AccessLevel;
import com.azure.resourcemanager.compute.models.FileFormat;
import com.azure.resourcemanager.compute.models.GrantAccessData;
import io.holdfast.disk.ArmId;
import io.holdfast.disk.DiskReader;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.failure.Invalid;
import io.holdfast.failure.Unavailable;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The read accesses that this process has. A SAS is a bearer secret for a whole disk: it stays in
 * memory, and every process asks for its own, which Azure answers with the same URL.
 */
final class Accesses {
  /** Longest access that Azure grants: 60 days. */
  private static final Duration DURATION_MAX = Duration.ofDays(60);

  /** A reader that is denied its first look this often is denied for good. */
  private static final int DENIALS_MAX = 5;

  /** More snapshots than one host reads at a time; the oldest access is forgotten, not ended. */
  private static final int KEPT_MAX = 128;

  /**
   * An end that was last looked at longer ago is asked for anew: another process may have finished
   * it, and someone may have opened the snapshot since. Longer than between two runs of the
   * reconciler.
   */
  private static final Duration ENDING_TRUSTED = Duration.ofMinutes(20);

  private final Function<String, ComputeManagementClient> clients;
  private final HttpClient http;
  private final Map<String, Access> known = new Recent<>();
  private final Map<String, Ending> endings = new Recent<>();

  /** The end of one access: asked for, then done. Its monitor guards its fields. */
  private static final class Ending {
    private SyncPoller<PollResult<Void>, Void> asked;
    private long lookedNanos = System.nanoTime();
    private boolean done;

    private boolean trusted() {
      return asked != null && System.nanoTime() - lookedNanos < ENDING_TRUSTED.toNanos();
    }
  }

  Accesses(Function<String, ComputeManagementClient> clients, HttpClient http) {
    this.clients = clients;
    this.http = http;
  }

  /** The entries that were used last; the monitor of {@code known} guards it. */
  private static final class Recent<V> extends LinkedHashMap<String, V> {
    private static final long serialVersionUID = 1L;

    private Recent() {
      super(16, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
      return size() > KEPT_MAX;
    }
  }

  /** One access: asked for, then granted. Its monitor guards its fields. */
  private static final class Access {
    private SyncPoller<PollResult<AccessUriInner>, AccessUriInner> asked;
    private DiskReader reader;
    private int denials;
  }

  Optional<DiskReader> open(String owner, DiskSnapshot snapshot, Duration until) {
    String key = owner + " " + snapshot.content() + " " + snapshot.id();
    Access access;
    synchronized (known) {
      access = known.computeIfAbsent(key, id -> new Access());
    }
    synchronized (access) {
      if (access.reader == null) {
        advance(access, snapshot, until);
      }
      return Optional.ofNullable(access.reader);
    }
  }

  private void advance(Access access, DiskSnapshot snapshot, Duration until) {
    try {
      if (access.asked == null) {
        // An end that was begun before does not stand for the end of what is asked for now.
        synchronized (known) {
          endings.keySet().removeIf(key -> isOf(key, snapshot));
        }
        access.asked = ask(snapshot, until);
        return;
      }
      PollResponse<PollResult<AccessUriInner>> answer = access.asked.poll();
      if (!answer.getStatus().isComplete()) {
        return;
      }
      if (answer.getStatus() != LongRunningOperationStatus.SUCCESSFULLY_COMPLETED) {
        access.asked = null;
        throw new Unavailable(
            "Azure did not grant access to snapshot %s: %s"
                .formatted(snapshot.id(), reason(answer.getValue())));
      }
      AccessUriInner granted = access.asked.getFinalResult();
      access.asked = null;
      String sas = snapshot.guestState() ? granted.securityDataAccessSas() : granted.accessSas();
      if (sas == null) {
        throw new Invalid(
            "GuestStateMissing",
            "Azure gave access to %s, but no address of its guest state".formatted(snapshot.id()));
      }
      access.reader = new SasDiskReader(snapshot, sas, http, () -> forget(snapshot));
    } catch (Unavailable e) {
      throw e;
    } catch (Invalid denied) {
      access.asked = null;
      access.denials++;
      if (access.denials < DENIALS_MAX) {
        // Another job may have ended an access that Azure shares between them: ask again.
        throw new Unavailable(denied.getMessage(), Duration.ofSeconds(1), denied);
      }
      throw denied;
    } catch (RuntimeException e) {
      access.asked = null;
      throw AzureFailures.of(e, "get access to snapshot", snapshot.id());
    }
  }

  private static String reason(PollResult<AccessUriInner> result) {
    return result == null || result.getError() == null
        ? "it gave no reason"
        : AzureFailures.redact(String.valueOf(result.getError().getMessage()));
  }

  private SyncPoller<PollResult<AccessUriInner>, AccessUriInner> ask(
      DiskSnapshot snapshot, Duration until) {
    Duration duration = until.compareTo(DURATION_MAX) > 0 ? DURATION_MAX : until;
    GrantAccessData data =
        new GrantAccessData()
            .withAccess(AccessLevel.READ)
            .withFileFormat(FileFormat.VHD)
            .withDurationInSeconds((int) Math.max(60, duration.toSeconds()));
    if (snapshot.guestState()) {
      // A second grant extends the one of the disk itself and gives the same addresses again; this
      // one asks for that of the guest state as well.
      data.withGetSecureVMGuestStateSas(true);
    }
    ComputeManagementClient client = clients.apply(ArmId.subscriptionOf(snapshot.id()));
    if (!snapshot.restorePoint()) {
      return client
          .getSnapshots()
          .beginGrantAccess(ArmId.groupOf(snapshot.id()), ArmId.nameOf(snapshot.id()), data);
    }
    String[] parts = snapshot.id().split("/", -1);
    return client
        .getDiskRestorePoints()
        .beginGrantAccess(parts[4], parts[8], parts[10], parts[12], data);
  }

  private void forget(DiskSnapshot snapshot) {
    synchronized (known) {
      known.keySet().removeIf(key -> isOf(key, snapshot));
    }
  }

  private static boolean isOf(String key, DiskSnapshot snapshot) {
    return key.endsWith(" " + snapshot.id());
  }

  boolean close(String owner, DiskSnapshot snapshot) {
    Ending ending;
    forget(snapshot);
    synchronized (known) {
      ending = endings.computeIfAbsent(owner + " " + snapshot.id(), id -> new Ending());
    }
    synchronized (ending) {
      try {
        if (!ending.trusted()) {
          ending.asked = null;
          ending.asked = end(snapshot);
        } else {
          LongRunningOperationStatus status = ending.asked.poll().getStatus();
          ending.done = status == LongRunningOperationStatus.SUCCESSFULLY_COMPLETED;
          if (status.isComplete() && !ending.done) {
            // It failed: the next look asks anew.
            ending.asked = null;
          }
        }
      } catch (RuntimeException e) {
        boolean looking = ending.asked != null;
        boolean notFound = Refusals.notFound(e);
        if (!Refusals.conflict(e)) {
          ending.asked = null;
        }
        if (!notFound && !Refusals.conflict(e)) {
          throw AzureFailures.of(e, "end the access to snapshot", snapshot.id());
        }
        // A conflict is another operation on the snapshot, such as its removal: look again. An
        // operation that Azure has forgotten says nothing about the snapshot: ask anew.
        ending.done = notFound && !looking;
      }
      ending.lookedNanos = System.nanoTime();
      if (ending.done) {
        synchronized (known) {
          endings.remove(owner + " " + snapshot.id(), ending);
        }
      }
      return ending.done;
    }
  }

  private SyncPoller<PollResult<Void>, Void> end(DiskSnapshot snapshot) {
    ComputeManagementClient client = clients.apply(ArmId.subscriptionOf(snapshot.id()));
    if (!snapshot.restorePoint()) {
      return client
          .getSnapshots()
          .beginRevokeAccess(ArmId.groupOf(snapshot.id()), ArmId.nameOf(snapshot.id()));
    }
    String[] parts = snapshot.id().split("/", -1);
    return client
        .getDiskRestorePoints()
        .beginRevokeAccess(parts[4], parts[8], parts[10], parts[12]);
  }
}
