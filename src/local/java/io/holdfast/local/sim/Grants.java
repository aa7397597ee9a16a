package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Access grants: one per disk, snapshot or disk restore point. A second grant extends the first and
 * gives the same URL; a revoke ends it.
 */
final class Grants {
  /** 60 days, since February 2025 (disks-sas-change). */
  static final long DURATION_SECONDS_MAX = 5_184_000;

  /** Members of one snapshot family that may have access open at a time. */
  static final int FAMILY_MAX = 5;

  private static final String DISK = "abcd";
  private static final String GUEST_STATE = "vmgs";
  private static final String KIND = "grants";
  private static final DateTimeFormatter SNAPSHOT_TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSSS'Z'").withZone(ZoneOffset.UTC);
  private static final SecureRandom RANDOM = new SecureRandom();

  /**
   * One grant, as the data plane needs it.
   *
   * @param target ARM id of what it opens
   * @param family snapshot family; empty for a live disk
   * @param copyId the copy it reads; empty for a live disk
   * @param size of the disk in bytes
   * @param entra whether a read needs a Microsoft Entra token too
   * @param guestState whether it opens the guest-state blob too
   * @param blob name of the blob that it opens
   * @param snapshot the {@code snapshot} parameter of the URL; empty for a live disk
   */
  record Grant(
      ArmId target,
      boolean write,
      String family,
      String copyId,
      long size,
      String account,
      String container,
      String snapshot,
      String policy,
      String signature,
      Instant expires,
      boolean entra,
      boolean guestState,
      String blob) {

    String path() {
      return "/" + account + "/" + container + "/" + blob;
    }

    /** The grant as it opens the guest-state blob. */
    Grant ofGuestState() {
      return new Grant(
          target,
          write,
          family,
          copyId,
          DiskFiles.GUEST_STATE_BYTES,
          account,
          container,
          snapshot,
          policy,
          signature,
          expires,
          entra,
          true,
          GUEST_STATE);
    }

    boolean isGuestState() {
      return blob.equals(GUEST_STATE);
    }

    String url(String base) {
      String which = snapshot.isEmpty() ? "sr=b" : "sr=bs";
      return base
          + path()
          + (snapshot.isEmpty() ? "?" : "?snapshot=" + snapshot.replace(":", "%3A") + "&")
          + "sv=2018-11-09&"
          + which
          + "&si="
          + policy
          + "&sig="
          + signature.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D");
    }

    /** Without the signature, which opens a whole disk to whoever reads it. */
    @Override
    public String toString() {
      return "Grant[" + target.text() + " until " + expires + "]";
    }

    boolean signedBy(String sig) {
      return MessageDigest.isEqual(
          signature.getBytes(StandardCharsets.UTF_8), sig.getBytes(StandardCharsets.UTF_8));
    }
  }

  private final Store store;
  private final SimClock clock;
  private final Map<String, Grant> byAccount = new ConcurrentHashMap<>();

  Grants(Store store, SimClock clock) {
    this.store = store;
    this.clock = clock;
    for (Store.Entry entry : store.list(KIND)) {
      Grant grant = read(entry.sim());
      byAccount.put(grant.account, grant);
    }
  }

  /** Checks a request body and returns the seconds that it asks for. */
  static long seconds(ObjectNode body) {
    long seconds = body.path("durationInSeconds").asLong(-1);
    if (seconds < 1 || seconds > DURATION_SECONDS_MAX) {
      throw Refusal.invalid(
          "durationInSeconds",
          "%d is not in 1..%d (60 days)".formatted(seconds, DURATION_SECONDS_MAX));
    }
    return seconds;
  }

  /** Refuses when {@link #FAMILY_MAX} other members of the family are open. */
  void checkFamily(ArmId target, String family) {
    Instant now = clock.now();
    long open =
        byAccount.values().stream()
            .filter(grant -> grant.family.equals(family) && now.isBefore(grant.expires))
            .filter(grant -> !grant.target.key().equals(target.key()))
            .count();
    if (open >= FAMILY_MAX) {
      throw Refusal.notAllowed(
          "Access is open on %d snapshots of the family %s, and no more are allowed at a time: revoke one first."
              .formatted(open, family));
    }
  }

  /** Opens access to a copy, or extends what is open. */
  Grant openCopy(
      ArmId target, String family, String copyId, long size, Instant taken, long seconds) {
    Optional<Grant> open = find(target);
    if (open.isPresent()) {
      return extend(open.get(), seconds);
    }
    checkFamily(target, family);
    String snapshot = SNAPSHOT_TIME.format(taken);
    return save(make(target, false, family, copyId, size, snapshot, seconds));
  }

  /** Opens access to a live disk, or extends what is open. */
  Grant openDisk(ArmId target, boolean write, long size, long seconds) {
    Optional<Grant> open = find(target);
    return open.isPresent()
        ? extend(open.get(), seconds)
        : save(make(target, write, "", "", size, "", seconds));
  }

  private Grant make(
      ArmId target,
      boolean write,
      String family,
      String copyId,
      long size,
      String snapshot,
      long seconds) {
    return new Grant(
        target,
        write,
        family,
        copyId,
        size,
        "md-" + HexFormat.of().formatHex(bytes(6)),
        HexFormat.of().formatHex(bytes(6)),
        snapshot,
        UUID.randomUUID().toString(),
        Base64.getEncoder().encodeToString(bytes(32)),
        clock.now().plus(Duration.ofSeconds(seconds)),
        false,
        false,
        DISK);
  }

  /** Says what else a grant opens and needs. */
  Grant mark(Grant grant, boolean entra, boolean guestState) {
    ObjectNode tree = write(grant).put("entra", entra);
    return save(read(tree.put("guestState", guestState || grant.guestState)));
  }

  private Grant extend(Grant grant, long seconds) {
    Instant later = clock.now().plus(Duration.ofSeconds(seconds));
    if (!later.isAfter(grant.expires)) {
      return grant;
    }
    return save(read(write(grant).put("expires", later.toString())));
  }

  /** The grant of a resource, if it is active. */
  Optional<Grant> find(ArmId target) {
    return store
        .find(KIND, target.key())
        .map(entry -> read(entry.sim()))
        .filter(grant -> clock.now().isBefore(grant.expires));
  }

  /** The grant behind a URL's account, active or not; the caller checks the rest. */
  Optional<Grant> byAccount(String account) {
    return Optional.ofNullable(byAccount.get(account));
  }

  boolean isExpired(Grant grant) {
    return !clock.now().isBefore(grant.expires);
  }

  void revoke(ArmId target) {
    store
        .find(KIND, target.key())
        .ifPresent(
            entry -> {
              byAccount.remove(Json.text(entry.sim(), "/account"));
              store.remove(entry);
            });
  }

  /** Ids of everything that is open. */
  List<String> open() {
    return byAccount.values().stream()
        .filter(grant -> !isExpired(grant))
        .map(grant -> grant.target.text())
        .sorted()
        .toList();
  }

  private Grant save(Grant grant) {
    revoke(grant.target); // an expired grant of another URL, or the same before it is extended
    store.save(new Store.Entry(KIND, grant.target.key(), Json.object(), write(grant)));
    byAccount.put(grant.account, grant);
    return grant;
  }

  private static ObjectNode write(Grant grant) {
    return Json.object()
        .put("target", grant.target.text())
        .put("write", grant.write)
        .put("family", grant.family)
        .put("copyId", grant.copyId)
        .put("size", grant.size)
        .put("account", grant.account)
        .put("container", grant.container)
        .put("snapshot", grant.snapshot)
        .put("policy", grant.policy)
        .put("signature", grant.signature)
        .put("expires", grant.expires.toString())
        .put("entra", grant.entra)
        .put("guestState", grant.guestState);
  }

  private static Grant read(ObjectNode tree) {
    return new Grant(
        new ArmId(tree.get("target").asText()),
        tree.get("write").asBoolean(),
        tree.get("family").asText(),
        tree.get("copyId").asText(),
        tree.get("size").asLong(),
        tree.get("account").asText(),
        tree.get("container").asText(),
        tree.get("snapshot").asText(),
        tree.get("policy").asText(),
        tree.get("signature").asText(),
        Instant.parse(tree.get("expires").asText()),
        tree.path("entra").asBoolean(false),
        tree.path("guestState").asBoolean(false),
        DISK);
  }

  private static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    RANDOM.nextBytes(bytes);
    return bytes;
  }
}
