package io.holdfast.cli;

import io.holdfast.azure.AzureFailures;
import io.holdfast.failure.Failure;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/** The command line: {@code java -jar holdfast.jar}. */
public final class Main {
  private final Console console;

  private Main(Console console) {
    this.console = console;
  }

  public static void main(String[] args) {
    // The libraries report what is reported here anyway, in many lines and with URLs in them.
    Logger.getLogger("").setLevel(Arrays.asList(args).contains("--debug") ? Level.INFO : Level.OFF);
    System.exit(run(new Console(System.out, System.err, isTerminal()), args));
  }

  /** Whether stderr is a terminal; Java 17 itself only tells whether stdin and stdout both are. */
  private static boolean isTerminal() {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      return System.console() != null;
    }
  }

  /** Runs one command line and answers the exit code. */
  static int run(Console console, String... args) {
    return new Main(console).run(args);
  }

  private int run(String... args) {
    CommandLine line = commandLine(console);
    boolean debug = Arrays.asList(args).contains("--debug");
    try {
      ParseResult parsed = line.parseArgs(args);
      Integer help = CommandLine.executeHelpRequest(parsed);
      if (help != null) {
        return help;
      }
      ParseResult last = lastOf(parsed);
      List<String> faults = faults(parsed);
      if (!(last.commandSpec().userObject() instanceof Command command)) {
        faults.forEach(fault -> console.note("holdfast: " + fault));
        last.commandSpec().commandLine().usage(console.err());
        return ExitCode.USAGE;
      }
      faults.addAll(command.faults());
      if (!faults.isEmpty()) {
        faults.forEach(fault -> console.note("holdfast: " + AzureFailures.redact(fault)));
        console.note("Try '%s --help'.".formatted(last.commandSpec().qualifiedName()));
        return ExitCode.USAGE;
      }
      return command.run();
    } catch (Failure e) {
      return ended(e, e.getMessage(), ExitCode.of(e), debug);
    } catch (IOException e) {
      return ended(e, sentence(e), ExitCode.FAILED, debug);
    } catch (RuntimeException e) {
      return ended(e, "a bug: " + e + " (--debug shows where)", ExitCode.FAILED, debug);
    } finally {
      console.out().flush();
    }
  }

  private int ended(Exception thrown, String message, int code, boolean debug) {
    console.note("holdfast: " + AzureFailures.redact(String.valueOf(message)));
    for (Throwable at = thrown; debug && at != null; at = at.getCause()) {
      console.note(AzureFailures.redact(at.toString()));
      Arrays.stream(at.getStackTrace()).forEach(frame -> console.note("    at " + frame));
    }
    return code;
  }

  /** The JDK's file exceptions have the file's name as their only message. */
  private static String sentence(IOException e) {
    String kind = e.getClass().getSimpleName().replaceAll("(?<=[a-z])(?=[A-Z])", " ");
    return kind.equals("IO Exception") || kind.equals("IOException")
        ? e.getMessage()
        : "%s (%s)".formatted(e.getMessage(), kind.replace(" Exception", ""));
  }

  private static ParseResult lastOf(ParseResult parsed) {
    return parsed.hasSubcommand() ? lastOf(parsed.subcommand()) : parsed;
  }

  private static List<String> faults(ParseResult parsed) {
    List<String> faults = new ArrayList<>();
    for (ParseResult at = parsed; at != null; at = at.subcommand()) {
      at.errors().forEach(error -> faults.add(error.getMessage()));
    }
    return faults;
  }

  /** {@code holdfast} itself. */
  @CommandLine.Command(
      name = "holdfast",
      header = "Lists, proves and reads Holdfast's recovery points, with or without Azure.",
      description = {
        "",
        "Works on a vault alone: on the container in Azure, or on a folder that it was copied to."
      },
      versionProvider = Version.class,
      mixinStandardHelpOptions = true,
      footerHeading = "%nExamples:%n",
      footer = {
        "  java -jar holdfast.jar point list --vault /mnt/copy-of-vault",
        "  java -jar holdfast.jar point export --vault /mnt/copy-of-vault \\",
        "      --point ID --disk os --out os.img",
        "  java -jar holdfast.jar vault verify \\",
        "      --vault https://acct.blob.core.windows.net/holdfast",
        "",
        "Exit codes: 0 done, 1 failed, 2 wrong arguments, 3 done with warnings,",
        "10 no such vault, 11 in use by another, 12 no access, 130 interrupted."
      })
  static final class Holdfast {
    @CommandLine.Option(
        names = "--debug",
        scope = CommandLine.ScopeType.INHERIT,
        description = "Show where an error came from.")
    private boolean debug;
  }

  /** {@code holdfast point}. */
  @CommandLine.Command(
      name = "point",
      header = "List, show and export recovery points.",
      mixinStandardHelpOptions = true)
  static final class Point {}

  /** {@code holdfast image}. */
  @CommandLine.Command(
      name = "image",
      header = "Back up disk images that are not in Azure.",
      mixinStandardHelpOptions = true)
  static final class Image {}

  /** {@code holdfast vault}. */
  @CommandLine.Command(
      name = "vault",
      header = "Verify and measure a vault, read its ledger, and make a key for one.",
      mixinStandardHelpOptions = true)
  static final class VaultNoun {}

  /** The version that the jar's manifest names. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"holdfast " + (version == null ? "(not packaged)" : version)};
    }
  }

  private static CommandLine commandLine(Console console) {
    CommandLine line =
        new CommandLine(new Holdfast())
            .addSubcommand(
                new CommandLine(new Point())
                    .addSubcommand(new PointCommands.ListPoints(console))
                    .addSubcommand(new PointCommands.Show(console))
                    .addSubcommand(new PointCommands.Export(console)))
            .addSubcommand(
                new CommandLine(new Image()).addSubcommand(new ImageCommands.Backup(console)))
            .addSubcommand(
                new CommandLine(new VaultNoun())
                    .addSubcommand(new VaultCommands.Verify(console))
                    .addSubcommand(new VaultCommands.Stats(console))
                    .addSubcommand(new LedgerCommand(console))
                    .addSubcommand(new KeyCommands.Keygen(console)));
    return collecting(line, console);
  }

  /** Lets the parser go on after a fault, so that all are told at once. */
  private static CommandLine collecting(CommandLine line, Console console) {
    line.getCommandSpec().parser().collectErrors(true);
    CommandLine configured = line.setOut(writer(console.out())).setErr(writer(console.err()));
    configured.getSubcommands().values().forEach(sub -> collecting(sub, console));
    return configured;
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, true, StandardCharsets.UTF_8);
  }
}
