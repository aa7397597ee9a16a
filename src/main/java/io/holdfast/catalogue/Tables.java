package io.holdfast.catalogue;

import java.util.List;

/**
 * The names of the tables. The infrastructure makes them; {@code docs/design.md} has their keys.
 */
public final class Tables {
  /** Items, jobs, plans, lanes, points and holds, by item; open jobs; the vault's own row. */
  public static final String CATALOGUE = "HoldfastCatalogue";

  /** Rows that can be made again from the catalogue: jobs by time, items by state. */
  public static final String INDEX = "HoldfastIndex";

  /** Policies. */
  public static final String POLICIES = "HoldfastPolicies";

  /** Messages that failed for good, kept for a human. */
  public static final String PARKED = "HoldfastParked";

  public static final List<String> ALL = List.of(CATALOGUE, INDEX, POLICIES, PARKED);

  private Tables() {}
}
