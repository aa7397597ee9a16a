package io.holdfast.local.host;

/**
 * Why the dev host cannot start, in a sentence for the user. The exit code tells {@code serve}
 * whether another try can help.
 */
public final class HostFailure extends RuntimeException {
  /** The app or its settings are wrong: starting again cannot help (sysexits' EX_CONFIG). */
  public static final int CONFIGURATION = 78;

  /** Something outside the app is wrong, such as a port that is taken. */
  public static final int GENERAL = 1;

  private static final long serialVersionUID = 1;

  private final int exitCode;

  HostFailure(int exitCode, String message, Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  static HostFailure configuration(String message, Throwable cause) {
    return new HostFailure(CONFIGURATION, message, cause);
  }

  static HostFailure general(String message, Throwable cause) {
    return new HostFailure(GENERAL, message, cause);
  }

  /** {@link #CONFIGURATION} or {@link #GENERAL}. */
  public int exitCode() {
    return exitCode;
  }
}
