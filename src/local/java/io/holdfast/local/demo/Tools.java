package io.holdfast.local.demo;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Programs of this machine. */
final class Tools {
  private final List<Path> folders;

  /** Looks in the PATH, and where Debian keeps what only administrators have in theirs. */
  static Tools ofThisMachine() {
    List<Path> folders = new ArrayList<>();
    String path = System.getenv().getOrDefault("PATH", "");
    for (String folder : path.split(Pattern.quote(File.pathSeparator))) {
      if (!folder.isEmpty()) {
        folders.add(Path.of(folder));
      }
    }
    folders.addAll(List.of(Path.of("/usr/sbin"), Path.of("/sbin")));
    return new Tools(folders);
  }

  Tools(List<Path> folders) {
    this.folders = List.copyOf(folders);
  }

  boolean have(String... names) {
    return Arrays.stream(names).allMatch(name -> find(name).isPresent());
  }

  /** Runs one of them and returns what it printed; {@link DemoFailure} unless it exits with 0. */
  String run(String name, String... arguments) throws DemoFailure, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(find(name).map(Path::toString).orElse(name));
    command.addAll(Arrays.asList(arguments));
    return run(command);
  }

  static String run(List<String> command) throws DemoFailure, InterruptedException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int exit = process.waitFor();
      if (exit != 0) {
        throw new DemoFailure(
            "'%s' ended with exit code %d: %s"
                .formatted(String.join(" ", command), exit, output.strip()));
      }
      return output;
    } catch (IOException e) {
      throw new DemoFailure("'%s' did not run: %s".formatted(command.get(0), e), e);
    }
  }

  private Optional<Path> find(String name) {
    return folders.stream().map(f -> f.resolve(name)).filter(Files::isExecutable).findFirst();
  }
}
