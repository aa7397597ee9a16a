package io.holdfast.simulation;

/** The host is dead: nothing that ran on it gets any further. */
final class Crashed extends Error {
  private static final long serialVersionUID = 1L;

  Crashed(String host) {
    super(host + " is dead", null, false, false);
  }
}
