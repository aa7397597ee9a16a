package io.holdfast.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.MessageDigest;
import java.security.Provider;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.ShortBufferException;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.conscrypt.Conscrypt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Both providers compute the same, and the JDK's is taken where the native one fails. */
@EnabledOnOs(OS.LINUX)
class CryptoTest {
  private static final Crypto NATIVE = Crypto.choose(null, Conscrypt::newProvider);
  private static final Crypto JDK = Crypto.choose("jdk", Conscrypt::newProvider);
  private static final SecretKeySpec KEY = new SecretKeySpec(bytes(32, 1), "AES");
  private static final int TAG_BYTES = 16;

  static Stream<Crypto> both() {
    return Stream.of(NATIVE, JDK);
  }

  @Test
  void the_native_provider_loads_on_this_machine_and_is_the_one_of_the_process() {
    assertThat(NATIVE.description()).matches("Conscrypt \\d+\\.\\d+\\.\\d+ \\(native\\)");
    assertThat(NATIVE.sha256().getProvider().getName()).isEqualTo("Conscrypt");
    assertThat(NATIVE.hmacSha256().getProvider().getName()).isEqualTo("Conscrypt");
    assertThat(NATIVE.aesGcm().getProvider().getName()).isEqualTo("Conscrypt");
    assertThat(Crypto.get().description()).isEqualTo(NATIVE.description());
    assertThat(Crypto.get()).isSameAs(Crypto.get());
  }

  @Test
  void nothing_is_installed_for_the_whole_jvm() throws Exception {
    assertThat(Crypto.get().description()).contains("native");
    assertThat(java.security.Security.getProvider("Conscrypt")).isNull();
    assertThat(MessageDigest.getInstance("SHA-256").getProvider().getName()).isEqualTo("SUN");
  }

  @Test
  void the_switch_keeps_the_native_provider_out() {
    assertThat(JDK.description()).startsWith("JDK 17").contains("-Dholdfast.crypto=jdk");
    assertThat(JDK.aesGcm().getProvider().getName()).isEqualTo("SunJCE");
    assertThat(JDK.sliceBytes()).isEqualTo(16 * 1024);
    assertThat(NATIVE.sliceBytes()).isGreaterThan(64 * 1024 * 1024);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 55, 56, 63, 64, 65, 4096, 16_384, 16_385, 300_001})
  void both_give_the_same_digests_and_macs_of_direct_and_heap_buffers(int length) throws Exception {
    byte[] data = bytes(length, length);
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(data);
    for (Crypto crypto : List.of(NATIVE, JDK)) {
      MessageDigest sha = crypto.sha256();
      for (ByteBuffer buffer : List.of(direct(data), heap(data), direct(data).asReadOnlyBuffer())) {
        sha.update(buffer);
        assertThat(buffer.hasRemaining()).isFalse();
        assertThat(sha.digest()).isEqualTo(digest);
      }
      assertThat(mac(crypto, direct(data))).isEqualTo(mac(JDK, heap(data)));
      assertThat(mac(crypto, heap(data))).isEqualTo(mac(JDK, direct(data)));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 15, 16, 17, 4096, 16_384, 16_385, 49_152, 300_001})
  void both_seal_alike_and_each_opens_what_the_other_sealed(int length) throws Exception {
    byte[] plain = bytes(length, length);
    byte[] byNative = seal(NATIVE, nonce(length), aad(), direct(plain));
    byte[] byJdk = seal(JDK, nonce(length), aad(), direct(plain));
    assertThat(byNative).isEqualTo(byJdk).hasSize(length + TAG_BYTES);
    assertThat(seal(NATIVE, nonce(length), aad(), heap(plain))).isEqualTo(byJdk);
    for (Crypto crypto : List.of(NATIVE, JDK)) {
      assertThat(open(crypto, nonce(length), aad(), direct(byNative))).isEqualTo(plain);
      assertThat(open(crypto, nonce(length), aad(), heap(byJdk))).isEqualTo(plain);
      assertThat(open(crypto, nonce(length), aad(), direct(byJdk).asReadOnlyBuffer()))
          .isEqualTo(plain);
    }
  }

  @ParameterizedTest
  @MethodSource("both")
  void a_changed_bit_anywhere_is_refused_and_gives_no_plaintext(Crypto crypto) throws Exception {
    byte[] plain = bytes(1000, 3);
    byte[] sealed = seal(crypto, nonce(3), aad(), direct(plain));
    for (int at : new int[] {0, 500, 999, 1000, 1015}) {
      byte[] changed = sealed.clone();
      changed[at] ^= 4;
      ByteBuffer out = ByteBuffer.allocateDirect(1000);
      assertThatThrownBy(() -> openInto(crypto, nonce(3), aad(), direct(changed), out))
          .isInstanceOf(AEADBadTagException.class);
      byte[] seen = new byte[1000];
      out.get(0, seen);
      assertThat(seen).isEqualTo(new byte[1000]);
    }
    byte[] otherAad = aad();
    otherAad[79] ^= 1;
    assertThatThrownBy(() -> open(crypto, nonce(3), otherAad, direct(sealed)))
        .isInstanceOf(AEADBadTagException.class);
    assertThatThrownBy(() -> open(crypto, nonce(4), aad(), direct(sealed)))
        .isInstanceOf(AEADBadTagException.class);
  }

  @ParameterizedTest
  @MethodSource("both")
  void a_cipher_is_good_again_after_a_failure_and_refuses_a_nonce_twice(Crypto crypto)
      throws Exception {
    byte[] plain = bytes(5000, 5);
    byte[] sealed = seal(crypto, nonce(5), aad(), direct(plain));
    Cipher cipher = crypto.aesGcm();
    byte[] changed = sealed.clone();
    changed[7] ^= 1;
    for (int round = 0; round < 2; round++) {
      init(cipher, Cipher.DECRYPT_MODE, nonce(5), aad());
      assertThatThrownBy(() -> cipher.doFinal(direct(changed), ByteBuffer.allocateDirect(5000)))
          .isInstanceOf(AEADBadTagException.class);
      ByteBuffer out = ByteBuffer.allocateDirect(5000);
      init(cipher, Cipher.DECRYPT_MODE, nonce(5), aad());
      assertThat(cipher.doFinal(direct(sealed), out)).isEqualTo(5000);
    }
    init(cipher, Cipher.ENCRYPT_MODE, nonce(6), aad());
    assertThat(cipher.doFinal(direct(plain), ByteBuffer.allocateDirect(5016))).isEqualTo(5016);
    assertThatThrownBy(() -> init(cipher, Cipher.ENCRYPT_MODE, nonce(6), aad()))
        .isInstanceOf(InvalidAlgorithmParameterException.class);
  }

  @ParameterizedTest
  @MethodSource("both")
  void an_output_that_is_too_short_is_refused_and_bytes_around_it_stay(Crypto crypto)
      throws Exception {
    byte[] plain = bytes(4096, 8);
    ByteBuffer around = ByteBuffer.allocateDirect(48 + 4112 + 10);
    for (int i = 0; i < around.capacity(); i++) {
      around.put(i, (byte) 0x55);
    }
    Cipher cipher = crypto.aesGcm();
    init(cipher, Cipher.ENCRYPT_MODE, nonce(8), aad());
    assertThatThrownBy(
            () -> cipher.doFinal(direct(plain), around.duplicate().position(48).limit(48 + 4111)))
        .isInstanceOf(ShortBufferException.class);
    Cipher second = crypto.aesGcm();
    init(second, Cipher.ENCRYPT_MODE, nonce(8), aad());
    ByteBuffer out = around.duplicate().position(48).limit(48 + 4112);
    assertThat(second.doFinal(direct(plain), out)).isEqualTo(4112);
    for (int i = 0; i < 48; i++) {
      assertThat(around.get(i)).isEqualTo((byte) 0x55);
    }
    for (int i = 48 + 4112; i < around.capacity(); i++) {
      assertThat(around.get(i)).isEqualTo((byte) 0x55);
    }
  }

  @ParameterizedTest
  @MethodSource("both")
  void a_buffer_may_be_sealed_and_opened_in_place_or_a_little_further_on(Crypto crypto)
      throws Exception {
    byte[] plain = bytes(40_000, 9);
    byte[] sealed = seal(JDK, nonce(9), aad(), direct(plain));
    for (int shift : new int[] {0, 48}) {
      ByteBuffer memory = ByteBuffer.allocateDirect(shift + 40_016).put(0, plain);
      Cipher cipher = crypto.aesGcm();
      init(cipher, Cipher.ENCRYPT_MODE, nonce(9), aad());
      assertThat(
              cipher.doFinal(memory.duplicate().limit(40_000), memory.duplicate().position(shift)))
          .isEqualTo(40_016);
      assertThat(rest(memory.duplicate().position(shift))).isEqualTo(sealed);
      init(cipher, Cipher.DECRYPT_MODE, nonce(9), aad());
      assertThat(cipher.doFinal(memory.duplicate().position(shift), memory.duplicate()))
          .isEqualTo(40_000);
      assertThat(rest(memory.duplicate().limit(40_000))).isEqualTo(plain);
    }
  }

  @Test
  void many_threads_share_one() throws Exception {
    byte[] data = bytes(100_000, 11);
    byte[] digest = JDK.sha256().digest(data);
    byte[] mac = mac(JDK, heap(data));
    byte[] sealed = seal(JDK, nonce(11), aad(), direct(data));
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<Boolean>> all = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        Callable<Boolean> work =
            () -> {
              for (int round = 0; round < 20; round++) {
                MessageDigest sha = NATIVE.sha256();
                sha.update(direct(data));
                assertThat(sha.digest()).isEqualTo(digest);
                assertThat(mac(NATIVE, direct(data))).isEqualTo(mac);
                assertThat(seal(NATIVE, nonce(11), aad(), direct(data))).isEqualTo(sealed);
                assertThat(open(NATIVE, nonce(11), aad(), direct(sealed))).isEqualTo(data);
              }
              return true;
            };
        all.add(threads.submit(work));
      }
      for (Future<Boolean> one : all) {
        assertThat(one.get()).isTrue();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void a_library_that_does_not_load_is_replaced_by_the_jdk_with_one_warning_that_says_what_to_do()
      throws Exception {
    List<LogRecord> logged = new ArrayList<>();
    Crypto crypto =
        logging(
            logged,
            () ->
                Crypto.choose(
                    null,
                    () -> {
                      throw new UnsatisfiedLinkError("no conscrypt_openjdk_jni");
                    }));
    assertThat(logged).hasSize(1);
    assertThat(logged.get(0).getLevel()).isEqualTo(Level.WARNING);
    assertThat(logged.get(0).getMessage()).contains("times as long", "noexec", "glibc");
    assertThat(logged.get(0).getThrown()).hasMessage("no conscrypt_openjdk_jni");
    assertThat(crypto.description()).startsWith("JDK 17").contains("no conscrypt_openjdk_jni");
    assertThat(crypto.aesGcm().getProvider().getName()).isEqualTo("SunJCE");
    assertThat(crypto.sliceBytes()).isEqualTo(16 * 1024);
  }

  @Test
  void a_provider_that_computes_wrongly_or_lacks_an_algorithm_is_not_trusted() throws Exception {
    for (Provider bad : List.of(new WrongDigest(), new Empty())) {
      List<LogRecord> logged = new ArrayList<>();
      Crypto crypto = logging(logged, () -> Crypto.choose(null, () -> bad));
      assertThat(logged).hasSize(1);
      assertThat(crypto.description()).startsWith("JDK 17");
      assertThat(crypto.sha256().getProvider().getName()).isEqualTo("SUN");
    }
  }

  @Test
  void a_process_on_an_architecture_without_a_library_works_on_and_warns_once() throws Exception {
    Ended ended = process("-Dos.arch=riscv64");
    assertThat(ended.code()).as(ended.text()).isZero();
    assertThat(ended.text()).contains("is JDK 17").contains("ba7816bf");
    assertThat(ended.text().split("the native cryptography does not load", -1)).hasSize(2);
  }

  @Test
  void a_process_may_be_told_to_use_the_jdk_and_does_not_warn() throws Exception {
    Ended ended = process("-Dholdfast.crypto=jdk");
    assertThat(ended.code()).as(ended.text()).isZero();
    assertThat(ended.text()).contains("is JDK 17").doesNotContain("WARN");
  }

  private record Ended(int code, String text) {}

  /** Runs {@link Process#main} in a JVM of its own. */
  private static Ended process(String flag) throws IOException, InterruptedException {
    java.lang.Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                flag,
                "-cp",
                System.getProperty("java.class.path"),
                Process.class.getName())
            .redirectErrorStream(true)
            .start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), text);
  }

  /** Uses what the process chose, several times. */
  static final class Process {
    private Process() {}

    public static void main(String[] args) {
      for (int i = 0; i < 3; i++) {
        byte[] digest = Crypto.get().sha256().digest("abc".getBytes(StandardCharsets.US_ASCII));
        System.out.println(
            "it is "
                + Crypto.get().description()
                + " "
                + java.util.HexFormat.of().formatHex(digest));
      }
    }
  }

  private static final class Empty extends Provider {
    private static final long serialVersionUID = 1;

    private Empty() {
      super("Empty", "1", "has nothing");
    }
  }

  private static final class WrongDigest extends Provider {
    private static final long serialVersionUID = 1;

    private WrongDigest() {
      super("Wrong", "1", "digests wrongly");
      put("MessageDigest.SHA-256", Sha.class.getName());
    }

    /** Forgets the last byte. */
    public static final class Sha extends java.security.MessageDigestSpi {
      @Override
      protected void engineUpdate(byte input) {}

      @Override
      protected void engineUpdate(byte[] input, int offset, int length) {}

      @Override
      protected byte[] engineDigest() {
        return new byte[32];
      }

      @Override
      protected void engineReset() {}
    }
  }

  private static <T> T logging(List<LogRecord> records, Callable<T> work) throws Exception {
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord logRecord) {
            records.add(logRecord);
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger logger = Logger.getLogger(Crypto.class.getName());
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
    try {
      return work.call();
    } finally {
      logger.removeHandler(handler);
      logger.setUseParentHandlers(true);
    }
  }

  private static byte[] mac(Crypto crypto, ByteBuffer data) throws GeneralSecurityException {
    Mac mac = crypto.hmacSha256();
    mac.init(new SecretKeySpec(bytes(32, 2), "HmacSHA256"));
    mac.update(data.duplicate());
    byte[] first = mac.doFinal();
    mac.update(data);
    assertThat(mac.doFinal()).isEqualTo(first);
    return first;
  }

  private static void init(Cipher cipher, int mode, byte[] nonce, byte[] aad)
      throws GeneralSecurityException {
    cipher.init(mode, KEY, new GCMParameterSpec(TAG_BYTES * Byte.SIZE, nonce));
    cipher.updateAAD(aad, 0, 48);
    cipher.updateAAD(aad, 48, aad.length - 48);
  }

  /** In slices, as the class comment of {@link Crypto} says. */
  private static byte[] seal(Crypto crypto, byte[] nonce, byte[] aad, ByteBuffer plain)
      throws GeneralSecurityException {
    ByteBuffer out = ByteBuffer.allocateDirect(plain.remaining() + TAG_BYTES);
    Cipher cipher = crypto.aesGcm();
    init(cipher, Cipher.ENCRYPT_MODE, nonce, aad);
    int end = plain.limit();
    int written = 0;
    while (end - plain.position() > crypto.sliceBytes()) {
      plain.limit(plain.position() + crypto.sliceBytes());
      written += cipher.update(plain, out);
    }
    plain.limit(end);
    written += cipher.doFinal(plain, out);
    assertThat(written).isEqualTo(out.capacity());
    assertThat(plain.hasRemaining()).isFalse();
    assertThat(out.hasRemaining()).isFalse();
    return rest(out.flip());
  }

  private static byte[] open(Crypto crypto, byte[] nonce, byte[] aad, ByteBuffer sealed)
      throws GeneralSecurityException {
    ByteBuffer out = ByteBuffer.allocateDirect(sealed.remaining() - TAG_BYTES);
    openInto(crypto, nonce, aad, sealed, out);
    assertThat(sealed.hasRemaining()).isFalse();
    assertThat(out.hasRemaining()).isFalse();
    return rest(out.flip());
  }

  private static void openInto(
      Crypto crypto, byte[] nonce, byte[] aad, ByteBuffer sealed, ByteBuffer out)
      throws GeneralSecurityException {
    Cipher cipher = crypto.aesGcm();
    init(cipher, Cipher.DECRYPT_MODE, nonce, aad);
    assertThat(cipher.doFinal(sealed, out)).isEqualTo(out.capacity());
  }

  private static byte[] rest(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  private static byte[] nonce(int number) {
    return ByteBuffer.allocate(12).putInt(number).array();
  }

  private static byte[] aad() {
    return bytes(80, 80);
  }

  private static byte[] bytes(int length, int seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static ByteBuffer direct(byte[] bytes) {
    return ByteBuffer.allocateDirect(bytes.length + 9)
        .put(5, bytes)
        .position(5)
        .limit(5 + bytes.length);
  }

  private static ByteBuffer heap(byte[] bytes) {
    return ByteBuffer.allocate(bytes.length + 9).put(5, bytes).position(5).limit(5 + bytes.length);
  }
}
