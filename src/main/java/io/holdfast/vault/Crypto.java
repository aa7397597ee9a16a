package io.holdfast.vault;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.Provider;
import java.util.Optional;
import java.util.concurrent.Callable;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import org.conscrypt.Conscrypt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where digests, MACs and ciphers come from: the native provider where it loads, else the JDK's.
 * Native code runs at its speed whatever the JIT does: the Functions worker's JVM has the quick
 * compiler only, under which the JDK's AES-256-GCM does tens of MiB/s a core and its SHA-256 under
 * two hundred, where Conscrypt does ten thousand and two thousand ({@code docs/performance.md}).
 *
 * <p>Safe for several threads. What it makes is not: use it in one thread, or make another one,
 * which costs about a microsecond. The cheapest right way with either provider:
 *
 * <ul>
 *   <li>Digest, MAC: one {@code update(buffer)} with all of a direct buffer, then {@code digest()}
 *       or {@code doFinal()}. That resets it, so that it can be used again.
 *   <li>Seal: {@code init} with a nonce of its own, {@code updateAAD}, then {@link #sliceBytes()}
 *       at a time by {@code update(in, out)} and the last of it by {@code doFinal(in, out)}. With
 *       the native provider that is a single {@code doFinal} which copies nothing. Each {@code
 *       update} with the native one would put its input aside on the heap.
 *   <li>Open: always a single {@code doFinal(in, out)}, whatever {@link #sliceBytes()} says.
 *       Neither provider gives bytes before it has seen the tag: an {@code update} only copies to
 *       the heap, and that copy is then decrypted slowly (the JDK: 118 MiB/s instead of 4,400, and
 *       16 MiB of garbage for 4).
 *   <li>Both buffers direct; the output has room for exactly the result (16 bytes more than the
 *       plaintext when sealing, 16 less than the input when opening). Positions of both move as the
 *       contract of {@code Cipher} says. Buffers may overlap or be the same.
 *   <li>A cipher may be initialised again, also after a tag that did not fit; both providers refuse
 *       to seal twice under one key and nonce.
 * </ul>
 *
 * <p>The provider is asked for by name and never installed for the JVM.
 */
public final class Crypto {
  /** System property: {@code jdk} keeps the native provider out. */
  public static final String SWITCH = "holdfast.crypto";

  private static final Logger LOG = LoggerFactory.getLogger(Crypto.class);

  /** The JDK compiles its GCM kernel after many calls only; big first ones do tens of MiB/s. */
  private static final int JDK_SLICE_BYTES = 16 * 1024;

  /** Loaded on first use, so that the choice is made once a process. */
  private static final class Chosen {
    static final Crypto VALUE = choose(System.getProperty(SWITCH), Crypto::conscrypt);
  }

  private final Optional<Provider> provider;
  private final String description;

  private Crypto(Optional<Provider> provider, String description) {
    this.provider = provider;
    this.description = description;
  }

  /** The one of this process, chosen on first use. Never throws: there is always the JDK. */
  public static Crypto get() {
    return Chosen.VALUE;
  }

  /**
   * Takes the native provider if it loads and computes right, else the JDK with one warning.
   *
   * @param wanted value of the switch; may be null
   * @param loader makes the native provider
   */
  static Crypto choose(String wanted, Callable<Provider> loader) {
    if ("jdk".equals(wanted)) {
      return jdk("-D%s=jdk asks for it".formatted(SWITCH));
    }
    try {
      Provider nativeProvider = loader.call();
      Crypto crypto =
          new Crypto(
              Optional.of(nativeProvider),
              "%s %s (native)".formatted(nativeProvider.getName(), version()));
      KnownAnswers.check(crypto);
      return crypto;
    } catch (Exception | LinkageError e) {
      LOG.warn(
          "the native cryptography does not load on {} {}: digests and AES-256-GCM come from the"
              + " JDK, which takes up to 10 times as long for digests and 100 times for encryption"
              + " while the JVM compiles up to tier 1 only. Run on Linux with glibc (x86-64 or"
              + " aarch64) and a folder {} that is writable and not mounted noexec, or raise the tier"
              + " with -XX:TieredStopAtLevel=4",
          System.getProperty("os.name"),
          System.getProperty("os.arch"),
          System.getProperty("java.io.tmpdir"),
          e);
      return jdk("the native provider does not load: " + e);
    }
  }

  private static Crypto jdk(String why) {
    return new Crypto(
        Optional.empty(), "JDK %s (%s)".formatted(System.getProperty("java.version"), why));
  }

  private static Provider conscrypt() {
    Conscrypt.checkAvailability();
    return Conscrypt.newProvider();
  }

  /** The provider itself says 1.0 in every release. */
  private static String version() {
    Conscrypt.Version version = Conscrypt.version();
    return "%d.%d.%d".formatted(version.major(), version.minor(), version.patch());
  }

  /** A new SHA-256. */
  MessageDigest sha256() {
    try {
      return provider.isPresent()
          ? MessageDigest.getInstance("SHA-256", provider.get())
          : MessageDigest.getInstance("SHA-256");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(description + " has no SHA-256", e);
    }
  }

  /** A new HMAC-SHA-256, to be given its key by {@code init}. */
  Mac hmacSha256() {
    try {
      return provider.isPresent()
          ? Mac.getInstance("HmacSHA256", provider.get())
          : Mac.getInstance("HmacSHA256");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(description + " has no HMAC-SHA-256", e);
    }
  }

  /** A new AES-GCM, to be given key and nonce by {@code init}; the class comment says how. */
  Cipher aesGcm() {
    try {
      return provider.isPresent()
          ? Cipher.getInstance("AES/GCM/NoPadding", provider.get())
          : Cipher.getInstance("AES/GCM/NoPadding");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(description + " has no AES-256-GCM", e);
    }
  }

  /**
   * Most bytes that one {@code update} of a cipher that seals should be given: 16 KiB for the JDK,
   * no limit for the native provider, which wants everything in its {@code doFinal}.
   */
  int sliceBytes() {
    return provider.isPresent() ? Integer.MAX_VALUE : JDK_SLICE_BYTES;
  }

  /** For the start-up log: provider and version, or why it is the JDK's. */
  public String description() {
    return description;
  }
}
