package io.holdfast.proof;

/**
 * One line of the product that breaks an ordering rule of {@code docs/design.md} 6, and what
 * catches it. It exists in a test's class loader only.
 *
 * @param sentence its name: what the broken product does
 * @param rule number and name of the rule that it breaks
 * @param file below {@code src/main/java/io/holdfast}
 * @param text of the source that is replaced: once there, where any white space stands for any
 *     other, so that a line that is broken anew is found all the same
 * @param instead what stands there in the broken product
 * @param caughtBy what must fail on the broken product, and only on it
 */
record PlantedFault(
    String sentence, String rule, String file, String text, String instead, Catch caughtBy) {

  /** What catches a fault. */
  sealed interface Catch {}

  /** One of the first seeds of the simulation does. */
  record SeedCatch() implements Catch {
    @Override
    public String toString() {
      return "a seed";
    }
  }

  /**
   * A directed test does.
   *
   * @param testClass below {@code io.holdfast}
   * @param method a test of the class or of what it extends
   */
  record TestCatch(String testClass, String method) implements Catch {
    String className() {
      return "io.holdfast." + testClass;
    }

    /** As pages name it. */
    @Override
    public String toString() {
      return testClass.substring(testClass.lastIndexOf('.') + 1) + "." + method;
    }
  }

  @Override
  public String toString() {
    return sentence;
  }
}
