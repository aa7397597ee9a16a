package io.holdfast.azure;

import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Provider;
import java.util.Arrays;
import java.util.concurrent.Callable;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.conscrypt.Conscrypt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who encrypts the connections to Azure: Conscrypt (BoringSSL, native) where it loads, else the
 * JDK. The Functions worker's JVM has the quick compiler only, under which the JDK's TLS costs
 * about 22 CPU seconds a GiB and Conscrypt's 1.4 (measured; {@code src/bench/tls/README.md}).
 *
 * <p>Only the sockets of the client that asks for it are native: nothing is installed for the JVM,
 * so whatever else runs in the process keeps the JDK's providers.
 *
 * <p>What is trusted is the same either way: the JDK's trust manager checks the chain against the
 * JVM's trust store ({@code javax.net.ssl.trustStore} works as ever), and the HTTP client checks
 * the host name after each handshake.
 */
final class NativeTls {
  /** System property, the same as of the native digests: {@code jdk} keeps native code out. */
  static final String SWITCH = "holdfast.crypto";

  private static final Logger LOG = LoggerFactory.getLogger(NativeTls.class);

  private final SSLSocketFactory sockets;
  private final X509TrustManager trust;
  private final String description;

  private NativeTls(SSLSocketFactory sockets, X509TrustManager trust, String description) {
    this.sockets = sockets;
    this.trust = trust;
    this.description = description;
  }

  /** Loaded on first use, so that the choice is made, and warned of, once a process. */
  private static final class Chosen {
    static final NativeTls VALUE =
        choose(System.getProperty(SWITCH), trusted(null), NativeTls::conscrypt);
  }

  /** The one of this process, with the trust store of the JVM. Never throws for native reasons. */
  static NativeTls get() {
    return Chosen.VALUE;
  }

  /**
   * Takes the native provider if it loads and offers TLS 1.3, else the JDK with one warning.
   *
   * @param wanted value of the switch; may be null
   * @param trust says which certificates are good
   * @param loader makes the native provider
   */
  static NativeTls choose(String wanted, X509TrustManager trust, Callable<Provider> loader) {
    if ("jdk".equals(wanted)) {
      return jdk(trust, "-D%s=jdk asks for it".formatted(SWITCH));
    }
    try {
      Provider provider = loader.call();
      SSLContext context = SSLContext.getInstance("TLS", provider);
      context.init(null, new TrustManager[] {trust}, null);
      if (!Arrays.asList(context.createSSLEngine().getSupportedProtocols()).contains("TLSv1.3")) {
        throw new IllegalStateException(provider.getName() + " has no TLS 1.3");
      }
      return new NativeTls(context.getSocketFactory(), trust, provider.getName() + " (native)");
    } catch (Exception | LinkageError e) {
      LOG.warn(
          "native TLS does not load on {} {}: connections to Azure are encrypted by the JDK, which"
              + " takes up to 15 times the CPU while the JVM compiles up to tier 1 only. Run on"
              + " Linux with glibc (x86-64 or aarch64) and a folder {} that is writable and not"
              + " mounted noexec, or raise the tier with -XX:TieredStopAtLevel=4",
          System.getProperty("os.name"),
          System.getProperty("os.arch"),
          System.getProperty("java.io.tmpdir"),
          e);
      return jdk(trust, "the native provider does not load: " + e);
    }
  }

  private static NativeTls jdk(X509TrustManager trust, String why) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {trust}, null);
      return new NativeTls(context.getSocketFactory(), trust, "JDK (%s)".formatted(why));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no TLS", e);
    }
  }

  private static Provider conscrypt() {
    Conscrypt.checkAvailability();
    return Conscrypt.newProvider();
  }

  /**
   * The JDK's check of certificates.
   *
   * @param store whose certificates are trusted; null: the JVM's trust store
   */
  static X509TrustManager trusted(KeyStore store) {
    try {
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      for (TrustManager manager : factory.getTrustManagers()) {
        if (manager instanceof X509TrustManager x509) {
          return x509;
        }
      }
      throw new IllegalStateException("this Java has no check of X.509 certificates");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(
          "the trust store cannot be read: look at javax.net.ssl.trustStore", e);
    }
  }

  SSLSocketFactory sockets() {
    return sockets;
  }

  X509TrustManager trust() {
    return trust;
  }

  /** For the start-up log: provider, or why it is the JDK's. */
  String description() {
    return description;
  }
}
