package io.holdfast.schedule;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.OwnVault;
import io.holdfast.catalogue.Policy;
import io.holdfast.catalogue.Versioned;
import io.holdfast.disk.Vm;
import io.holdfast.vault.LedgerEntry;
import io.holdfast.vault.LedgerEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Policies: in the vault first, from which a lost catalogue is rebuilt, then as a row. */
public final class Policies {
  private final Catalogue catalogue;
  private final OwnVault vault;
  private final List<String> subscriptions;
  private final Policy fallback;

  /**
   * @param subscriptions where VMs with a policy's tags are looked for, unless the policy says
   * @param zone IANA name: where the day of the default policy begins
   */
  public Policies(Catalogue catalogue, OwnVault vault, List<String> subscriptions, String zone) {
    this.catalogue = catalogue;
    this.vault = vault;
    this.subscriptions = List.copyOf(subscriptions);
    this.fallback = DefaultPolicy.in(zone);
  }

  /** The policy that a VM is under; empty: none selects it. */
  public Optional<Policy> covering(Vm vm) {
    return coverage(vm).effective();
  }

  /** Which policy a VM is under, and why. */
  public Coverage coverage(Vm vm) {
    return Coverage.of(vm, all(), subscriptions);
  }

  /**
   * Where VMs with a policy's tags are looked for, unless the policy says: ids of subscriptions.
   */
  public List<String> subscriptions() {
    return subscriptions;
  }

  /** The policy that is there before anybody made one, while nobody replaced it. */
  public Optional<Policy> builtIn(String name) {
    return DefaultPolicy.NAME.equals(name) && find(name).isEmpty()
        ? Optional.of(fallback)
        : Optional.empty();
  }

  public Optional<Versioned<Policy>> find(String name) {
    return catalogue.policies().find(name);
  }

  /** All policies, with the default one, by name. */
  public List<Policy> all() {
    List<Policy> all = new ArrayList<>(catalogue.policies().all());
    if (all.stream().noneMatch(policy -> policy.name().equals(DefaultPolicy.NAME))) {
      all.add(fallback);
    }
    all.sort(Comparator.comparing(Policy::name));
    return List.copyOf(all);
  }

  /**
   * Writes a policy.
   *
   * @param etag of the version that it replaces; empty: there must be none
   * @return false when that is not so
   */
  public boolean put(Policy policy, Optional<String> etag) {
    vault.putPolicy(policy.name(), catalogue.policies().json(policy));
    boolean won = catalogue.policies().put(policy, etag);
    if (!won) {
      // The vault must end with what the row says, not with what was refused.
      mirror(policy.name());
    }
    return won;
  }

  /**
   * Deletes a policy.
   *
   * @return false when it was changed meanwhile
   */
  public boolean delete(String name, String etag) {
    boolean deleted = catalogue.policies().delete(name, etag);
    mirror(name);
    return deleted;
  }

  /** Has the ledger note who changed a policy; what keeps it from that is logged. */
  public void note(LedgerEvent event, String name, String who, Instant at) {
    vault.note(
        LedgerEntry.ofPolicy(
            "%s/%s/%s".formatted(event.label(), name, at), at, event, name, who, "by the API"));
  }

  /** Makes the vault's object say what the row says; an empty one: there is no such policy. */
  public void mirror(String name) {
    vault.putPolicy(
        name,
        catalogue
            .policies()
            .find(name)
            .map(found -> catalogue.policies().json(found.value()))
            .orElse(""));
  }
}
