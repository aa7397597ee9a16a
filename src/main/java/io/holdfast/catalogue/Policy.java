package io.holdfast.catalogue;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * A policy: which VMs, when, and how long their snapshots stay.
 *
 * @param name lower-case letters, digits and hyphens
 * @param selector which VMs
 * @param schedule when
 * @param instantRestoreDays 0 to 30
 * @param updatedAt when it was last put: no slot before it is due
 */
public record Policy(
    String name, Selector selector, Schedule schedule, int instantRestoreDays, Instant updatedAt) {

  /**
   * Which VMs: those of the ids, and those that carry all of the tags.
   *
   * @param subscriptions where VMs with the tags are looked for; empty: where the settings say
   */
  public record Selector(List<String> ids, Map<String, String> tags, List<String> subscriptions) {
    public Selector {
      ids = List.copyOf(ids);
      tags = Map.copyOf(tags);
      subscriptions = List.copyOf(subscriptions);
    }
  }

  /**
   * When.
   *
   * @param cron five fields, as in crontab
   * @param zone IANA name of the time zone
   */
  public record Schedule(String cron, String zone) {}
}
