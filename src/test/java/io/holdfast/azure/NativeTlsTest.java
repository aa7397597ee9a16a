package io.holdfast.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpMethod;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import com.azure.core.util.BinaryData;
import com.azure.core.util.Context;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.Provider;
import java.security.Security;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.conscrypt.Conscrypt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NativeTlsTest {
  private static final Logger LOG = Logger.getLogger(NativeTls.class.getName());

  @TempDir private Path folder;

  enum By {
    NATIVE(Conscrypt::newProvider),
    JDK(
        () -> {
          throw new UnsatisfiedLinkError("no conscrypt in java.library.path");
        });

    private final Callable<Provider> loader;

    By(Callable<Provider> loader) {
      this.loader = loader;
    }

    NativeTls tls(KeyStore trusted) {
      return NativeTls.choose(null, NativeTls.trusted(trusted), loader);
    }
  }

  private static void echo(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private static byte[] echoed(NativeTls tls, String url, byte[] body) {
    HttpClient http = AzureHttp.make(tls, Duration.ofSeconds(15));
    HttpRequest request = new HttpRequest(HttpMethod.PUT, url).setBody(BinaryData.fromBytes(body));
    try (HttpResponse response = http.sendSync(request, Context.NONE)) {
      return response.getBodyAsBinaryData().toBytes();
    }
  }

  @ParameterizedTest
  @EnumSource
  void carriesABodyThereAndBack(By by) throws Exception {
    byte[] body = new byte[3 << 20];
    new Random(1).nextBytes(body);
    try (TlsServer server = new TlsServer(folder, "dns:localhost", NativeTlsTest::echo)) {
      assertThat(echoed(by.tls(server.trusting()), server.url(), body)).isEqualTo(body);
    }
  }

  @ParameterizedTest
  @EnumSource
  void refusesACertificateThatNobodyTrusts(By by) throws Exception {
    try (TlsServer server = new TlsServer(folder, "dns:localhost", NativeTlsTest::echo)) {
      NativeTls tls = by.tls(null);

      assertThatThrownBy(() -> echoed(tls, server.url(), new byte[1]))
          .hasRootCauseInstanceOf(java.security.cert.CertPathBuilderException.class)
          .satisfies(
              e -> assertThat(chain(e)).hasAtLeastOneElementOfType(SSLHandshakeException.class));
    }
  }

  @ParameterizedTest
  @EnumSource
  void refusesACertificateOfAnotherHost(By by) throws Exception {
    try (TlsServer server = new TlsServer(folder, "dns:elsewhere.test", NativeTlsTest::echo)) {
      NativeTls tls = by.tls(server.trusting());

      assertThatThrownBy(() -> echoed(tls, server.url(), new byte[1]))
          .satisfies(
              e ->
                  assertThat(chain(e)).hasAtLeastOneElementOfType(SSLPeerUnverifiedException.class))
          .satisfies(e -> assertThat(chain(e).toString()).contains("elsewhere.test"));
    }
  }

  @Test
  void isNativeWhereTheLibraryLoads() {
    assumeTrue(Conscrypt.isAvailable(), "no native library for this machine");

    NativeTls tls = By.NATIVE.tls(null);

    assertThat(tls.description()).isEqualTo("Conscrypt (native)");
    assertThat(tls.sockets().getClass().getName()).startsWith("org.conscrypt.");
    assertThat(Security.getProviders())
        .extracting(Provider::getName)
        .as("nothing is installed for the JVM")
        .doesNotContain("Conscrypt");
  }

  @Test
  void fallsBackToTheJdkWithOneWarning() {
    List<LogRecord> logged = new ArrayList<>();
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord record) {
            logged.add(record);
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    LOG.addHandler(handler);
    NativeTls tls;
    try {
      tls = By.JDK.tls(null);
    } finally {
      LOG.removeHandler(handler);
    }

    assertThat(tls.description()).startsWith("JDK (").contains("UnsatisfiedLinkError");
    assertThat(tls.sockets().getClass().getName()).startsWith("sun.security.ssl.");
    assertThat(logged).hasSize(1);
    assertThat(logged.get(0).getLevel()).isEqualTo(Level.WARNING);
    assertThat(logged.get(0).getMessage()).contains("-XX:TieredStopAtLevel=4");
  }

  @Test
  void staysWithTheJdkWhenAskedTo() {
    NativeTls tls =
        NativeTls.choose(
            "jdk",
            NativeTls.trusted(null),
            () -> {
              throw new AssertionError("the native library is loaded");
            });

    assertThat(tls.description()).contains("-Dholdfast.crypto=jdk");
  }

  private static List<Throwable> chain(Throwable thrown) {
    List<Throwable> all = new ArrayList<>();
    for (Throwable each = thrown; each != null; each = each.getCause()) {
      all.add(each);
    }
    return all;
  }
}
