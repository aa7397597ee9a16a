package io.holdfast.proof;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.DiagnosticCollector;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.StandardLocation;
import javax.tools.ToolProvider;

/**
 * The product and its tests once more, in a class loader of their own, where one source file may
 * have been changed: compiled in memory, so that nothing on disk ever holds a planted fault.
 */
final class Mutant extends ClassLoader {
  private static final Path SOURCES = Path.of("src/main/java/io/holdfast");
  private static final String OURS = "io.holdfast.";

  /** Azurite's process is shared by all: it holds nothing of the product. */
  private static final String SHARED = "io.holdfast.testing.";

  private final Map<String, byte[]> changed;

  private Mutant(Map<String, byte[]> changed) {
    super(Mutant.class.getClassLoader());
    this.changed = changed;
  }

  /** The product as it is. */
  static ClassLoader unchanged() {
    return new Mutant(Map.of());
  }

  /**
   * The product with the fault.
   *
   * @throws AssertionError when the fault's text is not there exactly once, or does not compile
   */
  static ClassLoader with(PlantedFault fault) {
    return new Mutant(compiled(fault.file(), planted(fault, source(fault))));
  }

  /** How often the fault's text is in its file: 1, or the list has rotted. */
  static int places(PlantedFault fault) {
    return (int) pattern(fault).matcher(source(fault)).results().count();
  }

  private static String source(PlantedFault fault) {
    try {
      return Files.readString(SOURCES.resolve(fault.file()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Pattern pattern(PlantedFault fault) {
    return Pattern.compile(
        Stream.of(fault.text().strip().split("\\s+", -1))
            .map(Pattern::quote)
            .collect(Collectors.joining("\\s+")));
  }

  private static String planted(PlantedFault fault, String source) {
    if (places(fault) != 1) {
      throw new AssertionError(
          "%s has the text of a planted fault %d times, not once; find the line anew: %s"
              .formatted(fault.file(), places(fault), fault.text()));
    }
    return pattern(fault).matcher(source).replaceFirst(Matcher.quoteReplacement(fault.instead()));
  }

  // ---- the compiler

  private static Map<String, byte[]> compiled(String file, String source) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(problems, null, UTF_8);
        InMemory memory = new InMemory(files)) {
      files.setLocationFromPaths(StandardLocation.CLASS_PATH, classPath());
      boolean done =
          compiler
              .getTask(
                  null,
                  memory,
                  problems,
                  List.of("-proc:none", "-g", "-parameters", "-Xlint:none"),
                  null,
                  List.of(new Source(file, source)))
              .call();
      if (!done) {
        throw new AssertionError("a planted fault does not compile: " + problems.getDiagnostics());
      }
      return memory.bytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> classPath() {
    return Stream.of(System.getProperty("java.class.path").split(java.io.File.pathSeparator, -1))
        .map(Path::of)
        .toList();
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    private Source(String file, String text) {
      super(URI.create("string:///io/holdfast/" + file), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }

  /** Takes the class files that the compiler writes. */
  private static final class InMemory extends ForwardingJavaFileManager<StandardJavaFileManager> {
    private final Map<String, ByteArrayOutputStream> written = new HashMap<>();

    private InMemory(StandardJavaFileManager files) {
      super(files);
    }

    @Override
    public JavaFileObject getJavaFileForOutput(
        JavaFileManager.Location location,
        String className,
        JavaFileObject.Kind kind,
        FileObject sibling) {
      return new SimpleJavaFileObject(URI.create("memory:///" + className), kind) {
        @Override
        public OutputStream openOutputStream() {
          ByteArrayOutputStream bytes = new ByteArrayOutputStream();
          written.put(className, bytes);
          return bytes;
        }
      };
    }

    private Map<String, byte[]> bytes() {
      return written.entrySet().stream()
          .collect(
              Collectors.toUnmodifiableMap(
                  Map.Entry::getKey, entry -> entry.getValue().toByteArray()));
    }
  }

  // ---- the loader

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (!name.startsWith(OURS) || name.startsWith(SHARED)) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> known = findLoadedClass(name);
      Class<?> loaded = known == null ? define(name) : known;
      if (resolve) {
        resolveClass(loaded);
      }
      return loaded;
    }
  }

  private Class<?> define(String name) throws ClassNotFoundException {
    byte[] bytes = changed.containsKey(name) ? changed.get(name) : asItIs(name);
    return defineClass(name, bytes, 0, bytes.length);
  }

  private byte[] asItIs(String name) throws ClassNotFoundException {
    try (InputStream file = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
      if (file == null) {
        throw new ClassNotFoundException(name);
      }
      return file.readAllBytes();
    } catch (IOException e) {
      throw new ClassNotFoundException(name, e);
    }
  }
}
