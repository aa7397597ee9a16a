package io.holdfast.schedule;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.OwnVault;
import io.holdfast.catalogue.Policy;
import io.holdfast.catalogue.Versioned;
import java.util.List;
import java.util.Optional;

/** Policies: in the vault first, from which a lost catalogue is rebuilt, then as a row. */
public final class Policies {
  private final Catalogue catalogue;
  private final OwnVault vault;

  public Policies(Catalogue catalogue, OwnVault vault) {
    this.catalogue = catalogue;
    this.vault = vault;
  }

  public Optional<Versioned<Policy>> find(String name) {
    return catalogue.policies().find(name);
  }

  public List<Policy> all() {
    return catalogue.policies().all();
  }

  /**
   * Writes a policy.
   *
   * @param etag of the version that it replaces; empty: there must be none
   * @return false when that is not so
   */
  public boolean put(Policy policy, Optional<String> etag) {
    vault.putPolicy(policy.name(), catalogue.policies().json(policy));
    return catalogue.policies().put(policy, etag);
  }

  /**
   * Deletes a policy.
   *
   * @return false when it was changed meanwhile
   */
  public boolean delete(String name, String etag) {
    if (!catalogue.policies().delete(name, etag)) {
      return false;
    }
    vault.putPolicy(name, "");
    return true;
  }
}
