package io.holdfast.fake;

import io.holdfast.failure.Invalid;
import io.holdfast.failure.Unavailable;
import io.holdfast.fake.MemoryCompute.Part;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The accesses that Azure has granted: one a snapshot at a time, the same for whoever asks, until
 * someone ends it or its time is over. The caller holds the monitor of the {@link MemoryCompute}.
 */
final class MemoryAccesses {
  /** The shortest and the longest access, as the adapter asks for them. */
  private static final Duration SHORTEST = Duration.ofSeconds(60);

  private static final Duration LONGEST = Duration.ofDays(60);

  /** Snapshots of one family that may be open at a time. */
  private static final int FAMILY_MAX = 5;

  /** An end that was asked for comes by then though nobody looks. */
  private static final Duration UNSEEN_MAX = Duration.ofSeconds(5);

  /** An access: another one has another number, and its URL is another one. */
  record Access(long number, Instant end) {}

  /** The end of whatever access there is when it settles. */
  final class Ending {
    private final Part part;
    private final Instant due;
    private boolean settled;

    private Ending(Part part) {
      this.part = part;
      this.due = clock.instant().plus(UNSEEN_MAX);
    }

    void settle() {
      if (!settled) {
        part.access = null;
        settled = true;
        endings.remove(this);
      }
    }
  }

  private final MemoryCompute compute;
  private final InstantSource clock;
  private final List<Ending> endings = new ArrayList<>();
  private long numbers;

  MemoryAccesses(MemoryCompute compute, InstantSource clock) {
    this.compute = compute;
    this.clock = clock;
  }

  void settle() {
    if (!endings.isEmpty()) {
      Instant now = clock.instant();
      List.copyOf(endings).stream()
          .filter(ending -> !now.isBefore(ending.due))
          .forEach(Ending::settle);
    }
  }

  /** Whether it can be read with some access now. */
  boolean isOpen(Part part) {
    return part.access != null && clock.instant().isBefore(part.access.end());
  }

  /** Whether this very access still holds. */
  boolean holds(Part part, long number) {
    compute.settle();
    return compute.part(part.snapshot.id()).filter(now -> now == part).isPresent()
        && isOpen(part)
        && part.access.number() == number;
  }

  /** Asks for access, or for more time; the number of the access that there is then. */
  long grant(String id, Duration until) {
    compute.settle();
    Part part =
        compute
            .part(id)
            .orElseThrow(
                () ->
                    new Invalid(
                        "ResourceNotFound",
                        "cannot get access to snapshot %s: Azure answered 404".formatted(id)));
    if (!compute.readable(part)) {
      throw new Unavailable(
          "cannot get access to snapshot %s: Azure answered 409: it cannot be read now"
              .formatted(id));
    }
    Duration bounded = until.compareTo(LONGEST) > 0 ? LONGEST : until;
    Instant end = clock.instant().plus(bounded.compareTo(SHORTEST) < 0 ? SHORTEST : bounded);
    if (!isOpen(part)) {
      refuseWideOpenFamily(part);
      part.access = new Access(++numbers, end);
    } else if (end.isAfter(part.access.end())) {
      part.access = new Access(part.access.number(), end);
    }
    return part.access.number();
  }

  private void refuseWideOpenFamily(Part part) {
    long open =
        compute.parts().stream()
            .filter(other -> other != part && isOpen(other))
            .filter(other -> other.snapshot.family().equals(part.snapshot.family()))
            .count();
    if (open >= FAMILY_MAX) {
      throw new Unavailable(
          "cannot get access to snapshot %s: Azure answered 409: %d of its family are open"
              .formatted(part.snapshot.id(), open));
    }
  }

  /** Asks for the end; empty when there is no such snapshot. */
  Optional<Ending> end(String id) {
    compute.settle();
    Optional<Ending> ending = compute.part(id).map(Ending::new);
    ending.ifPresent(endings::add);
    return ending;
  }

  /** Someone ends them all by hand. */
  void endAll() {
    compute.parts().forEach(part -> part.access = null);
  }

  /** What nobody ended, also where its time is over, in the order of the snapshots. */
  Map<String, Instant> left() {
    compute.settle();
    Map<String, Instant> left = new LinkedHashMap<>();
    for (Part part : compute.parts()) {
      if (part.access != null) {
        left.put(part.snapshot.id(), part.access.end());
      }
    }
    return Collections.unmodifiableMap(left);
  }
}
