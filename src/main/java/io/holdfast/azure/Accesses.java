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

  /** More snapshots than one host reads at a time; the oldest access is forgotten, not ended. */
  private static final int KEPT_MAX = 128;

  private final Function<String, ComputeManagementClient> clients;
  private final HttpClient http;
  private final Map<String, Access> known = new Recent<>();
  private final Map<String, Ending> endings = new Recent<>();

  /** The end of one access: asked for, then done. Its monitor guards its fields. */
  private static final class Ending {
    private SyncPoller<PollResult<Void>, Void> asked;
    private boolean done;
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
  }

  Optional<DiskReader> open(DiskSnapshot snapshot, Duration until) {
    Access access;
    synchronized (known) {
      access = known.computeIfAbsent(snapshot.id(), id -> new Access());
      endings.remove(snapshot.id());
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
        access.asked = ask(snapshot, until);
        return;
      }
      PollResponse<PollResult<AccessUriInner>> answer = access.asked.poll();
      if (!answer.getStatus().isComplete()) {
        return;
      }
      if (answer.getStatus() != LongRunningOperationStatus.SUCCESSFULLY_COMPLETED) {
        access.asked = null;
        throw new Unavailable("Azure did not grant access to snapshot " + snapshot.id());
      }
      String sas = access.asked.getFinalResult().accessSas();
      access.reader = new SasDiskReader(snapshot, sas, http, () -> forget(snapshot));
    } catch (Unavailable e) {
      throw e;
    } catch (RuntimeException e) {
      access.asked = null;
      throw AzureFailures.of(e, "get access to snapshot", snapshot.id());
    }
  }

  private SyncPoller<PollResult<AccessUriInner>, AccessUriInner> ask(
      DiskSnapshot snapshot, Duration until) {
    Duration duration = until.compareTo(DURATION_MAX) > 0 ? DURATION_MAX : until;
    GrantAccessData data =
        new GrantAccessData()
            .withAccess(AccessLevel.READ)
            .withFileFormat(FileFormat.VHD)
            .withDurationInSeconds((int) Math.max(60, duration.toSeconds()));
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
      known.remove(snapshot.id());
    }
  }

  boolean close(DiskSnapshot snapshot) {
    Ending ending;
    synchronized (known) {
      known.remove(snapshot.id());
      ending = endings.computeIfAbsent(snapshot.id(), id -> new Ending());
    }
    synchronized (ending) {
      try {
        if (ending.asked == null) {
          ending.asked = end(snapshot);
        } else if (!ending.done) {
          ending.done = ending.asked.poll().getStatus().isComplete();
        }
      } catch (RuntimeException e) {
        boolean gone = Refusals.notFound(e);
        if (!gone && !Refusals.conflict(e)) {
          ending.asked = null;
          throw AzureFailures.of(e, "end the access to snapshot", snapshot.id());
        }
        // A conflict is another operation on the snapshot, such as its removal: look again.
        ending.done = gone;
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
