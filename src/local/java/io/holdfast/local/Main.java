package io.holdfast.local;

/** The local stack: {@code java -jar holdfast-local.jar}. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    System.err.println("holdfast-local: not built yet");
    System.exit(2);
  }
}
