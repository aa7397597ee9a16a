package io.holdfast.vault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.failure.Invalid;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@EnabledOnOs({OS.LINUX, OS.MAC})
class KeyFileTest {
  private static final String SECRET = "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=";

  @TempDir Path temp;
  private Path file;

  @BeforeEach
  void nameAFile() {
    file = temp.resolve("k.json");
  }

  private void write(String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private static String json(String key, String id, String version) {
    return "{\"formatVersion\":%s,\"keyFileId\":\"%s\",\"key\":\"%s\",\"createdAt\":\"2026-11-23T04:05:06Z\"}"
        .formatted(version, id, key);
  }

  private void assertRefused(String code, String words) {
    assertThatThrownBy(() -> KeyFile.read(file))
        .isInstanceOfSatisfying(Invalid.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessageContaining(file.toString())
        .hasMessageContaining(words)
        .satisfies(
            e -> {
              StringWriter trace = new StringWriter();
              e.printStackTrace(new PrintWriter(trace));
              for (int at = 0; at + 8 <= SECRET.length(); at += 4) {
                assertThat(trace.toString()).doesNotContain(SECRET.substring(at, at + 8));
              }
            });
  }

  @Test
  void a_new_one_can_be_read_by_its_owner_only_and_never_shows_its_key() throws Exception {
    KeyFile made = KeyFile.create(file, new SecureRandom(), SampleVault.TIME);

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(KeyFile.read(file).id()).isEqualTo(made.id()).matches("[0-9a-f]{32}");
    assertThat(made.toString()).isEqualTo("KeyFile[" + made.id() + "]");
    Path other = temp.resolve("other.json");
    assertThat(KeyFile.create(other, new SecureRandom(), SampleVault.TIME).id())
        .isNotEqualTo(made.id());
    assertThat(Files.readString(other)).isNotEqualTo(Files.readString(file));
  }

  @Test
  void an_existing_file_is_never_overwritten() throws Exception {
    write("something");

    assertThatThrownBy(() -> KeyFile.create(file, new SecureRandom(), SampleVault.TIME))
        .isInstanceOfSatisfying(Invalid.class, e -> assertThat(e.code()).isEqualTo("KeyFileExists"))
        .hasMessageContaining("never overwritten");
    assertThat(Files.readString(file)).isEqualTo("something");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-r-----", "rw-rw----", "rw----r--", "rw-----w-", "rwxrwxrwx"})
  void one_that_others_may_read_or_change_is_refused_with_the_way_to_mend_it(String mode)
      throws Exception {
    write(json(SECRET, "0".repeat(32), "1"));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));

    assertRefused("KeyFileExposed", "chmod 600");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-------", "r--------"})
  void one_that_only_its_owner_may_read_is_taken(String mode) throws Exception {
    write(json(SECRET, "0123456789abcdef0123456789abcdef", "1"));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));

    assertThat(KeyFile.read(file).id()).isEqualTo("0123456789abcdef0123456789abcdef");
  }

  @ParameterizedTest
  @CsvSource({
    "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=, 0123456789ABCDEF0123456789abcdef, 1, hex digits",
    "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=, 01, 1, hex digits",
    "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=, 0123456789abcdef0123456789abcdef, 2, newer",
    "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=, 0123456789abcdef0123456789abcdef, 0, formatVersion",
    "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl, 0123456789abcdef0123456789abcdef, 1, 32 bytes",
    "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=!, 0123456789abcdef0123456789abcdef, 1, base64",
    "'', 0123456789abcdef0123456789abcdef, 1, 32 bytes"
  })
  void one_that_is_damaged_says_what_is_wrong_and_nothing_of_the_key(
      String key, String id, String version, String words) throws Exception {
    write(json(key, id, version));

    assertRefused("KeyFileInvalid", words);
  }

  @Test
  void what_is_no_key_file_is_refused() throws Exception {
    write(SECRET);
    assertRefused("KeyFileInvalid", "not JSON");
    write("{\"key\": " + SECRET);
    assertRefused("KeyFileInvalid", "not JSON");
    write("");
    assertRefused("KeyFileInvalid", "formatVersion");
    write("[1]");
    assertRefused("KeyFileInvalid", "formatVersion");
    write("x".repeat(5000));
    assertRefused("KeyFileInvalid", "too long");
    Files.delete(file);
    assertRefused("KeyFileInvalid", "keygen");
    Files.createDirectory(file);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    assertThatThrownBy(() -> KeyFile.read(file)).isInstanceOf(Invalid.class);
    assertThat(SECRET.getBytes(UTF_8)).hasSize(44);
  }
}
