package io.holdfast.proof;

import io.holdfast.proof.PlantedFault.Catch;
import io.holdfast.proof.PlantedFault.TestCatch;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Tries what should catch a fault on the product of a class loader. */
final class Trial {
  /** A fault that a seed catches is caught by one of these. */
  static final int SEEDS = 500;

  /** A test that has not ended by then is stopped, which is no catch. */
  private static final String TEST_MAX = "180 s";

  private static final String SIMULATION = "io.holdfast.simulation.Simulation";

  private Trial() {}

  /**
   * What failed.
   *
   * @param by a test, or a seed with its number
   * @param seed its number; -1 for a test
   */
  record Failed(String by, long seed, Throwable cause) {
    /** The first line of what it says, so that a report has a line a fault. */
    String headline() {
      String text = String.valueOf(cause.getMessage()).strip();
      return cause.getClass().getSimpleName() + ": " + text.lines().findFirst().orElse("");
    }
  }

  /**
   * Tries.
   *
   * @return what failed; empty when nothing did
   * @throws AssertionError when it failed by an accident of class loading or of time: that shows
   *     nothing about the fault
   */
  static Optional<Failed> of(Catch what, ClassLoader product) {
    Optional<Failed> failed =
        what instanceof TestCatch test ? byTest(test, product) : bySeeds(product, 0, SEEDS);
    failed.ifPresent(Trial::assertNoAccident);
    return failed;
  }

  private static void assertNoAccident(Failed failed) {
    for (Throwable cause = failed.cause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof LinkageError
          || cause instanceof ReflectiveOperationException
          || cause instanceof java.util.concurrent.TimeoutException) {
        throw new AssertionError("an accident, not a catch: " + failed.by(), failed.cause());
      }
    }
  }

  // ---- a test

  private static Optional<Failed> byTest(TestCatch test, ClassLoader product) {
    Class<?> testClass = load(test.className(), product);
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(DiscoverySelectors.selectMethod(testClass, method(testClass, test)))
            .configurationParameter("junit.jupiter.execution.timeout.default", TEST_MAX)
            .configurationParameter(
                "junit.jupiter.execution.timeout.thread.mode.default", "SEPARATE_THREAD")
            .build();
    // Listeners of the build are not told: the failure of this test is what is wanted.
    Launcher launcher =
        LauncherFactory.create(
            LauncherConfig.builder()
                .enableLauncherSessionListenerAutoRegistration(false)
                .enableLauncherDiscoveryListenerAutoRegistration(false)
                .enableTestExecutionListenerAutoRegistration(false)
                .build());
    Results results = new Results();
    launcher.execute(request, results);
    if (results.tests == 0) {
      throw new AssertionError("%s ran no test".formatted(test), results.around);
    }
    return results.failures.stream()
        .findFirst()
        .map(cause -> new Failed(test.toString(), -1, cause));
  }

  private static Class<?> load(String name, ClassLoader product) {
    try {
      return product.loadClass(name);
    } catch (ClassNotFoundException e) {
      throw new AssertionError("there is no class " + name, e);
    }
  }

  /** A test may be inherited, and may have parameters. */
  private static Method method(Class<?> testClass, TestCatch test) {
    for (Class<?> type = testClass; type != null; type = type.getSuperclass()) {
      Optional<Method> found =
          Arrays.stream(type.getDeclaredMethods())
              .filter(method -> method.getName().equals(test.method()))
              .findFirst();
      if (found.isPresent()) {
        return found.get();
      }
    }
    throw new AssertionError("there is no test " + test);
  }

  private static final class Results implements TestExecutionListener {
    private final List<Throwable> failures = new ArrayList<>();
    private int tests;
    private Throwable around;

    @Override
    public void executionFinished(TestIdentifier id, TestExecutionResult result) {
      Throwable failure = result.getThrowable().orElse(null);
      if (!id.isTest()) {
        // What a class checks after all of its tests does not hold after one of them.
        around = failure == null ? around : failure;
        return;
      }
      if (result.getStatus() != Status.SUCCESSFUL) {
        failures.add(failure == null ? new AssertionError(id + " did not end well") : failure);
      }
      tests++;
    }
  }

  // ---- seeds

  /**
   * Tries seeds of the simulation, one after the other.
   *
   * @param first number of the first seed
   * @param end number after the last one
   * @return the first one that failed
   */
  static Optional<Failed> bySeeds(ClassLoader product, long first, long end) {
    Method run = simulation(product);
    for (long seed = first; seed < end; seed++) {
      try {
        Object unused = run.invoke(null, seed);
      } catch (InvocationTargetException e) {
        return Optional.of(new Failed("seed " + seed, seed, e.getCause()));
      } catch (IllegalAccessException e) {
        throw new AssertionError("the simulation cannot be called", e);
      }
    }
    return Optional.empty();
  }

  private static Method simulation(ClassLoader product) {
    try {
      Method run = load(SIMULATION, product).getDeclaredMethod("run", long.class);
      run.setAccessible(true);
      return run;
    } catch (NoSuchMethodException e) {
      throw new AssertionError(SIMULATION + " has no run(long)", e);
    }
  }
}
