package io.holdfast.cli;

/** The command line: {@code java -jar holdfast.jar}. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    System.err.println("holdfast: not built yet");
    System.exit(2);
  }
}
