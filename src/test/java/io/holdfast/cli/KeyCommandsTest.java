package io.holdfast.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** An encrypted vault by the command line, from its key file to the exported disk. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class KeyCommandsTest {
  @TempDir Path temp;
  private Path image;
  private Path vault;
  private Path key;
  private String keyId;

  private record Run(int code, String out, String err) {}

  private static Run run(String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Main.run(
            new Console(
                new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8), false),
            args);
    return new Run(code, out.toString(UTF_8), err.toString(UTF_8));
  }

  @BeforeEach
  void makeAKeyAndAnImage() throws IOException {
    vault = temp.resolve("vault");
    image = temp.resolve("disk.img");
    byte[] bytes = new byte[9 * 1024 * 1024 + 512];
    byte[] noise = new byte[5_000_000];
    new Random(7).nextBytes(noise);
    System.arraycopy(noise, 0, bytes, 100_000, noise.length);
    Files.write(image, bytes);
    key = temp.resolve("key.json");
    Run made = run("vault", "keygen", "--out", key.toString());
    assertThat(made.code()).as(made.err()).isZero();
    assertThat(made.err()).contains("Without it nothing").contains("keep a copy elsewhere");
    keyId = made.out().strip();
    assertThat(keyId).matches("[0-9a-f]{32}");
  }

  private Run inVault(String command, String... more) {
    return run(
        Stream.concat(Stream.of((command + " --vault " + vault).split(" ")), Stream.of(more))
            .toArray(String[]::new));
  }

  private String backup(String... more) throws IOException {
    Run run =
        inVault(
            "image backup",
            Stream.concat(
                    Stream.of("--in", image.toString(), "--item", "web", "--output", "json"),
                    Stream.of(more))
                .toArray(String[]::new));
    assertThat(run.code()).as(run.err()).isZero();
    JsonNode json = new ObjectMapper().readTree(run.out());
    return json.get("id").asText();
  }

  private String keyFile() {
    return key.toString();
  }

  @Test
  void what_was_backed_up_with_a_key_is_listed_verified_and_exported_with_it() throws Exception {
    String first = backup("--key-file", keyFile());
    byte[] bytes = Files.readAllBytes(image);
    bytes[bytes.length - 1] = 9;
    Files.write(image, bytes);
    String point = backup("--key-file", keyFile(), "--base", first);

    Run list = inVault("point list", "--key-file", keyFile());
    assertThat(list.code()).as(list.err()).isZero();
    assertThat(list.out()).contains(first, point);
    Run show = inVault("point show", "--key-file", keyFile(), "--point", point);
    assertThat(show.code()).as(show.err()).isZero();
    Run verify = inVault("vault verify", "--key-file", keyFile());
    assertThat(verify.code()).as(verify.err()).isZero();
    assertThat(verify.out()).contains("2 points").contains("all good");
    Run stats = inVault("vault stats", "--key-file", keyFile());
    assertThat(stats.out()).contains("HMAC-SHA-256, AES-256-GCM");
    Path out = temp.resolve("out.img");
    Run export =
        inVault(
            "point export",
            "--key-file",
            keyFile(),
            "--point",
            point,
            "--disk",
            "os",
            "--out",
            out.toString());
    assertThat(export.code()).as(export.err()).isZero();
    assertThat(Files.mismatch(out, image)).isEqualTo(-1);
  }

  @Test
  void without_the_key_or_with_another_one_nothing_is_read_and_the_right_one_is_named()
      throws Exception {
    String unused = backup("--key-file", keyFile());
    Path other = temp.resolve("other.json");
    Run made = run("vault", "keygen", "--out", other.toString());
    String otherId = made.out().strip();

    for (String command : List.of("point list", "vault verify", "vault stats")) {
      Run without = inVault(command);
      assertThat(without.code()).isEqualTo(12);
      assertThat(without.out()).isEmpty();
      assertThat(without.err()).contains("file:" + keyId).contains("--key-file");
      Run wrong = inVault(command, "--key-file", other.toString());
      assertThat(wrong.code()).isEqualTo(12);
      assertThat(wrong.err()).contains("file:" + keyId).contains("file:" + otherId);
    }
    Run backup = inVault("image backup", "--in", image.toString(), "--item", "web");
    assertThat(backup.code()).isEqualTo(12);
  }

  @Test
  void a_plain_vault_is_refused_with_a_key() throws Exception {
    String unused = backup();

    Run run = inVault("point list", "--key-file", keyFile());
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("has no encryption");
    Run backup =
        inVault("image backup", "--in", image.toString(), "--item", "web", "--key-file", keyFile());
    assertThat(backup.code()).isEqualTo(2);
    assertThat(vault.resolve("keys")).doesNotExist();
  }

  @Test
  void a_key_that_others_can_read_makes_no_vault() throws Exception {
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));

    Run run =
        inVault("image backup", "--in", image.toString(), "--item", "web", "--key-file", keyFile());
    assertThat(run.code()).isEqualTo(12);
    assertThat(run.err()).contains("chmod 600");
    assertThat(vault).doesNotExist();
  }

  @Test
  void keygen_overwrites_nothing_and_wants_a_folder_that_is_there() throws Exception {
    String before = Files.readString(key);
    Run again = run("vault", "keygen", "--out", keyFile());
    assertThat(again.code()).isEqualTo(2);
    assertThat(again.err()).contains("never overwritten");
    assertThat(Files.readString(key)).isEqualTo(before);

    Run nowhere = run("vault", "keygen", "--out", temp.resolve("no/k.json").toString());
    assertThat(nowhere.code()).isEqualTo(2);
    assertThat(nowhere.err()).contains("there is no folder");
    assertThat(run("vault", "keygen").code()).isEqualTo(2);
  }
}
