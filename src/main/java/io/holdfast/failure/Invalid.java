package io.holdfast.failure;

import java.util.List;

/**
 * Asking again will not help: the asker must change something. Carries the error code and every
 * fault that was found, so that they can all be mended at once.
 */
public final class Invalid extends Failure {
  private static final long serialVersionUID = 1L;

  /**
   * One fault of a request.
   *
   * @param code stable name of the rule that was broken
   * @param target the field, resource or setting
   * @param message what is wrong with it and what to do
   */
  public record Fault(String code, String target, String message) {}

  private final String code;
  private final transient List<Fault> faults;

  public Invalid(String code, String message) {
    this(code, message, List.of(), null);
  }

  public Invalid(String code, String message, Throwable cause) {
    this(code, message, List.of(), cause);
  }

  public Invalid(String code, String message, List<Fault> faults) {
    this(code, message, faults, null);
  }

  private Invalid(String code, String message, List<Fault> faults, Throwable cause) {
    super(message, cause);
    this.code = code;
    this.faults = List.copyOf(faults);
  }

  /** Stable name of what is wrong, for programs: {@code VirtualMachineNotFound}. */
  public String code() {
    return code;
  }

  /** The faults one by one; empty when the message says it all. */
  public List<Fault> faults() {
    return faults;
  }
}
