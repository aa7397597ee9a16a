package io.holdfast.vault;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.failure.Corrupt;
import io.holdfast.failure.Invalid;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A file with the one key that wraps the data keys of a vault ({@code docs/vault-format.md}, 8.1).
 * Who has lost it has lost the vault; who has a copy can read it. It has no text form but its id.
 */
public final class KeyFile {
  /** How it wraps: the data key sealed, between its nonce and the tag. */
  static final String ALGORITHM = "AES-256-GCM";

  private static final String INVALID = "KeyFileInvalid";
  private static final int FORMAT_VERSION = 1;
  private static final int ID_BYTES = 16;
  private static final int WRAPPED_BYTES =
      Envelope.NONCE_BYTES + DataKey.KEY_BYTES + Envelope.TAG_BYTES;

  /** More than any key file has: what is longer is another file, and is not read whole. */
  private static final long FILE_BYTES_MAX = 4096;

  private static final Set<PosixFilePermission> OTHERS =
      EnumSet.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);

  private final String id;
  private final SecretKeySpec secret;

  private KeyFile(String id, byte[] key) {
    this.id = id;
    this.secret = new SecretKeySpec(key, "AES");
  }

  /** 32 hex digits, chosen at random when the file was made. */
  public String id() {
    return id;
  }

  /** As it stands in the keys that it wrapped: {@code file:} and the id. */
  String wrappedBy() {
    return "file:" + id;
  }

  /**
   * Makes a new key and writes it to a file that only its owner may read.
   *
   * @throws Invalid {@code KeyFileExists}: a key file is never overwritten
   */
  public static KeyFile create(Path file, SecureRandom random, Instant now) throws IOException {
    byte[] idBytes = new byte[ID_BYTES];
    byte[] key = new byte[DataKey.KEY_BYTES];
    random.nextBytes(idBytes);
    random.nextBytes(key);
    String id = HexFormat.of().formatHex(idBytes);
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("formatVersion", FORMAT_VERSION);
    fields.put("keyFileId", id);
    fields.put("key", Base64.getEncoder().encodeToString(key));
    fields.put("createdAt", now.toString());
    byte[] json = VaultJson.write(fields);
    Set<StandardOpenOption> options =
        EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try (FileChannel channel = FileChannel.open(file, options, ownerOnly())) {
      ByteBuffer content = ByteBuffer.wrap(json);
      while (content.hasRemaining()) {
        int unused = channel.write(content);
      }
      channel.force(true);
    } catch (FileAlreadyExistsException e) {
      throw new Invalid(
          "KeyFileExists",
          "%s exists, and a key file is never overwritten: its key may be the only one to a vault"
              .formatted(file),
          e);
    }
    return new KeyFile(id, key);
  }

  private static FileAttribute<?>[] ownerOnly() {
    return isPosix()
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }

  private static boolean isPosix() {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
  }

  /**
   * Reads a key file.
   *
   * @throws Invalid {@code KeyFileInvalid} when it is missing, not one, or of a newer format;
   *     {@code KeyFileExposed} when others than its owner may read or change it. No message holds
   *     anything of its content
   */
  public static KeyFile read(Path file) {
    try {
      if (isPosix()) {
        checkOwnerOnly(file);
      }
      if (Files.size(file) > FILE_BYTES_MAX) {
        throw invalid(file, "it is too long for one");
      }
      return parse(file, new ObjectMapper().readTree(Files.readAllBytes(file)));
    } catch (NoSuchFileException e) {
      throw new Invalid(
          INVALID,
          "there is no key file %s: 'holdfast vault keygen --out FILE' makes one".formatted(file),
          e);
    } catch (JsonProcessingException e) {
      // Neither message nor cause: both may quote the key.
      throw invalid(file, "it is not JSON");
    } catch (IOException e) {
      throw new Invalid(INVALID, "cannot read key file %s: %s".formatted(file, e), e);
    }
  }

  private static void checkOwnerOnly(Path file) throws IOException {
    Set<PosixFilePermission> open = EnumSet.copyOf(OTHERS);
    open.retainAll(Files.getPosixFilePermissions(file));
    if (!open.isEmpty()) {
      throw new Invalid(
          "KeyFileExposed",
          ("others than its owner may read or change key file %s (%s), so its key is not used:"
                  + " chmod 600 it, and if others were on this machine make a new vault with a new"
                  + " key")
              .formatted(file, PosixFilePermissions.toString(Files.getPosixFilePermissions(file))));
    }
  }

  private static KeyFile parse(Path file, JsonNode json) {
    JsonNode version = json.path("formatVersion");
    if (version.isIntegralNumber() && version.asLong() > FORMAT_VERSION) {
      throw invalid(file, "its format is newer than this build: update holdfast");
    }
    if (!version.isIntegralNumber() || version.asLong() != FORMAT_VERSION) {
      throw invalid(file, "it has no formatVersion 1");
    }
    String id = json.path("keyFileId").asText();
    if (!id.matches("[0-9a-f]{32}")) {
      throw invalid(file, "its keyFileId is not 32 lower-case hex digits");
    }
    try {
      byte[] key = Base64.getDecoder().decode(json.path("key").asText());
      if (key.length == DataKey.KEY_BYTES) {
        return new KeyFile(id, key);
      }
    } catch (IllegalArgumentException e) {
      // Its message would quote a part of the key.
      throw invalid(file, "its key is not base64");
    }
    throw invalid(file, "its key has not 32 bytes");
  }

  private static Invalid invalid(Path file, String why) {
    return new Invalid(INVALID, "%s is no key file that can be used: %s".formatted(file, why));
  }

  /** What stands beside the wrapped key and cannot be changed: each on a line of its own. */
  private static byte[] associated(String vaultId, WrappedKey key) {
    return String.join(
            "\n", "holdfast wrapped key 1", vaultId, key.keyId(), key.purpose(), key.wrappedBy())
        .getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Wraps a data key.
   *
   * @param dataKey 32 bytes
   * @param nonce 12 random bytes: one for each key, of which a vault gets a few a day
   */
  WrappedKey wrap(
      String vaultId, KeyId keyId, String purpose, byte[] dataKey, byte[] nonce, Instant now) {
    WrappedKey blank =
        new WrappedKey(
            VaultConfig.FORMAT_VERSION, keyId.hex(), purpose, wrappedBy(), ALGORITHM, "AA==", now);
    byte[] wrapped = Arrays.copyOf(nonce, WRAPPED_BYTES);
    try {
      Cipher cipher = cipher(Cipher.ENCRYPT_MODE, vaultId, blank, nonce);
      int written = cipher.doFinal(dataKey, 0, DataKey.KEY_BYTES, wrapped, Envelope.NONCE_BYTES);
      if (written != WRAPPED_BYTES - Envelope.NONCE_BYTES) {
        throw new IllegalStateException("GCM wrote %d bytes for a key".formatted(written));
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no AES-256-GCM", e);
    }
    return blank.withWrapped(Base64.getEncoder().encodeToString(wrapped));
  }

  /**
   * The data key in the clear.
   *
   * @throws Invalid {@code VaultKeysMissing} when another key wrapped it
   * @throws Corrupt when the wrapped key, or this file's own, was changed
   */
  byte[] unwrap(String vaultId, WrappedKey key) {
    String name = "keys/%s.json".formatted(key.keyId());
    if (!key.wrappedBy().equals(wrappedBy())) {
      throw new Invalid(
          LocalKeys.KEYS_MISSING,
          "%s is wrapped by %s, and the key file given is %s: give the one that the vault was made with"
              .formatted(name, key.wrappedBy(), wrappedBy()));
    }
    if (!key.algorithm().equals(ALGORITHM)) {
      throw new Corrupt(
          "%s is damaged: %s does not wrap by %s".formatted(name, wrappedBy(), key.algorithm()));
    }
    byte[] wrapped = Base64.getDecoder().decode(key.wrapped());
    if (wrapped.length != WRAPPED_BYTES) {
      throw new Corrupt(
          "%s is damaged: its wrapped key has %d bytes, not %d"
              .formatted(name, wrapped.length, WRAPPED_BYTES));
    }
    try {
      byte[] nonce = Arrays.copyOf(wrapped, Envelope.NONCE_BYTES);
      return cipher(Cipher.DECRYPT_MODE, vaultId, key, nonce)
          .doFinal(wrapped, Envelope.NONCE_BYTES, WRAPPED_BYTES - Envelope.NONCE_BYTES);
    } catch (AEADBadTagException e) {
      throw new Corrupt(
          ("%s cannot be unwrapped by key file %s: it was changed or is of another vault, or the key"
                  + " in the file was changed")
              .formatted(name, id),
          e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no AES-256-GCM", e);
    }
  }

  private Cipher cipher(int mode, String vaultId, WrappedKey key, byte[] nonce)
      throws GeneralSecurityException {
    Cipher cipher = Crypto.get().aesGcm();
    cipher.init(mode, secret, new GCMParameterSpec(Envelope.TAG_BYTES * Byte.SIZE, nonce));
    cipher.updateAAD(associated(vaultId, key));
    return cipher;
  }

  @Override
  public String toString() {
    return "KeyFile[" + id + "]";
  }
}
