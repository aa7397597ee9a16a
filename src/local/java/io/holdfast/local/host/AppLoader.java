package io.holdfast.local.host;

import com.microsoft.azure.functions.spi.inject.FunctionInstanceInjector;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.Callable;

/**
 * The app's classes, apart from the host's: they see the platform, the Functions library that both
 * sides share, and the jars of the package, nothing else.
 */
final class AppLoader implements AutoCloseable {
  private final URLClassLoader classes;
  private final Optional<FunctionInstanceInjector> injector;

  /** Opens the jars and asks for the app's injector, which is where most apps start up. */
  AppLoader(AppPackage app) {
    this.classes =
        new URLClassLoader("app", jars(app), new SharedTypes(AppLoader.class.getClassLoader()));
    try {
      this.injector =
          inApp(() -> ServiceLoader.load(FunctionInstanceInjector.class, classes).findFirst());
    } catch (Exception | ServiceConfigurationError | LinkageError e) {
      throw startFailure("The app did not start", e);
    }
  }

  /** The class of an entry point, or {@link HostFailure}. */
  Class<?> load(FunctionSpec function) {
    try {
      return Class.forName(function.className(), false, classes);
    } catch (ClassNotFoundException | LinkageError e) {
      throw HostFailure.configuration(
          "Function %s: cannot load %s from %s (%s): if the function is gone from the code, remove the folder of its function.json and package again."
              .formatted(function.name(), function.className(), function.scriptFile(), e),
          e);
    }
  }

  /** An instance for one invocation: the injector's, else a new one by the public constructor. */
  Object instance(Class<?> type) throws Exception {
    if (injector.isPresent()) {
      return injector.get().getInstance(type);
    }
    Constructor<?> constructor = type.getConstructor();
    return constructor.newInstance();
  }

  /**
   * Asks for one instance now, so that what is wrong shows at the start and not at the first use.
   */
  void probe(Class<?> type) {
    try {
      inApp(() -> instance(type));
    } catch (Exception | LinkageError e) {
      throw startFailure("The app did not start (" + type.getName() + ")", e);
    }
  }

  /** Runs with the app's class loader as the thread's context class loader, as the worker does. */
  <T> T inApp(Callable<T> work) throws Exception {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(classes);
    try {
      return work.call();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private static HostFailure startFailure(String what, Throwable error) {
    Throwable cause = error;
    while (cause.getCause() != null
        && (cause instanceof ServiceConfigurationError
            || cause instanceof ExceptionInInitializerError
            || cause instanceof InvocationTargetException)) {
      cause = cause.getCause();
    }
    String message = cause.getMessage() == null ? cause.toString() : cause.getMessage();
    return HostFailure.configuration(what + ": " + message, cause);
  }

  private static URL[] jars(AppPackage app) {
    Set<Path> jars = new LinkedHashSet<>();
    app.functions().forEach(function -> jars.add(function.scriptFile()));
    for (Path jar : jars) {
      if (!Files.isRegularFile(jar)) {
        throw HostFailure.configuration(
            "A function.json names %s, which is missing.".formatted(jar), null);
      }
    }
    Path lib = app.dir().resolve("lib");
    if (Files.isDirectory(lib)) {
      try (DirectoryStream<Path> found = Files.newDirectoryStream(lib, "*.jar")) {
        found.forEach(jars::add);
      } catch (IOException e) {
        throw HostFailure.general("Cannot list %s: %s".formatted(lib, e), e);
      }
    }
    return jars.stream().map(AppLoader::url).toArray(URL[]::new);
  }

  private static URL url(Path jar) {
    try {
      return jar.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new IllegalArgumentException("no URL for " + jar, e);
    }
  }

  @Override
  public void close() throws IOException {
    classes.close();
  }

  /** The platform plus the Functions library of the host; all else is the app's own. */
  private static final class SharedTypes extends ClassLoader {
    private static final String SHARED = "com.microsoft.azure.functions.";
    private final ClassLoader host;

    SharedTypes(ClassLoader host) {
      super("shared", ClassLoader.getPlatformClassLoader());
      this.host = host;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      return name.startsWith(SHARED) ? host.loadClass(name) : super.loadClass(name, resolve);
    }
  }
}
