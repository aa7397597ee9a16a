import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpMethod;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import com.azure.core.http.netty.NettyAsyncHttpClientBuilder;
import com.azure.core.http.okhttp.OkHttpAsyncHttpClientBuilder;
import com.azure.core.util.BinaryData;
import com.azure.core.util.Context;
import com.azure.storage.blob.models.BlobRange;
import com.azure.storage.blob.models.DownloadRetryOptions;
import com.azure.storage.blob.options.BlockBlobSimpleUploadOptions;
import com.azure.storage.blob.specialized.BlockBlobClient;
import com.azure.storage.blob.specialized.PageBlobClient;
import com.azure.storage.blob.specialized.SpecializedBlobClientBuilder;
import com.azure.storage.common.implementation.contentvalidation.StorageCrc64Calculator;
import com.sun.management.OperatingSystemMXBean;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.Provider;
import java.security.Security;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.LongAdder;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.Dispatcher;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import org.conscrypt.Conscrypt;

/**
 * GET and PUT of 4 MiB over https with one HTTP client and one source of AES-GCM, or the checksums of a chunk: one
 * line of figures a case. What stands around it is in README.md.
 */
public final class TlsBench {
  private static final int CHUNK = 4 << 20;
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private TlsBench() {}

  /** Only the cipher, so that all else stays with the JDK. */
  private static final class OnlyGcm extends Provider {
    private final transient Provider from;

    OnlyGcm(Provider from) {
      super("OnlyGcm", "1", "AES-GCM of " + from.getName());
      this.from = from;
    }

    @Override
    public synchronized Service getService(String type, String algorithm) {
      boolean gcm = type.equals("Cipher") && algorithm.toUpperCase(Locale.ROOT).equals("AES/GCM/NOPADDING");
      return gcm ? from.getService(type, algorithm) : null;
    }
  }

  public static void main(String[] args) throws Exception {
    String variant = args[0];
    if (variant.equals("checksums")) {
      checksums();
      return;
    }
    String base = args[1];
    double warm = Double.parseDouble(args[2]);
    double seconds = Double.parseDouble(args[3]);
    List<String> cases = List.of(args[4].split(","));
    HttpClient http = client(variant, Path.of(args[5]));
    for (String name : cases) {
      String[] parts = name.split("-");
      Callable<Void> work = work(parts[0] + parts[1], http, base);
      int threads = Integer.parseInt(parts[2]);
      run(work, threads, warm);
      long cpu = SYSTEM.getProcessCpuTime();
      long start = System.nanoTime();
      long calls = run(work, threads, seconds);
      double wall = (System.nanoTime() - start) / 1e9;
      double used = (SYSTEM.getProcessCpuTime() - cpu) / 1e9;
      double bytes = (double) calls * CHUNK;
      System.out.printf(
          Locale.ROOT, "%s %s %.0f %.2f%n", variant, name, bytes / 1e6 / wall, used / (bytes / (1 << 30)));
    }
    System.exit(0);
  }

  private static long run(Callable<Void> work, int threads, double seconds) throws Exception {
    LongAdder calls = new LongAdder();
    long end = System.nanoTime() + (long) (seconds * 1e9);
    List<Thread> all = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  while (System.nanoTime() < end) {
                    work.call();
                    calls.increment();
                  }
                } catch (Exception e) {
                  e.printStackTrace();
                  System.exit(1);
                }
              });
      thread.start();
      all.add(thread);
    }
    for (Thread thread : all) {
      thread.join();
    }
    return calls.sum();
  }

  private static HttpClient client(String variant, Path trust) throws Exception {
    switch (variant) {
      case "okhttp-accp" -> AmazonCorrettoCryptoProvider.install();
      case "okhttp-accp-gcm" -> Security.insertProviderAt(new OnlyGcm(AmazonCorrettoCryptoProvider.INSTANCE), 1);
      case "okhttp-conscrypt-gcm" -> Security.insertProviderAt(new OnlyGcm(Conscrypt.newProvider()), 1);
      default -> {}
    }
    KeyStore store = KeyStore.getInstance(trust.toFile(), "changeit".toCharArray());
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(store);
    X509TrustManager manager = (X509TrustManager) factory.getTrustManagers()[0];
    if (variant.equals("netty")) {
      var ssl = SslContextBuilder.forClient().trustManager(manager).build();
      System.err.println(ssl.getClass());
      return new NettyAsyncHttpClientBuilder(
              reactor.netty.http.client.HttpClient.create().secure(spec -> spec.sslContext(ssl)))
          .build();
    }
    SSLContext context =
        variant.startsWith("okhttp-conscrypt-ssl")
            ? SSLContext.getInstance("TLS", Conscrypt.newProvider())
            : SSLContext.getInstance("TLS", "SunJSSE");
    context.init(null, new X509TrustManager[] {manager}, null);
    SSLSocketFactory sockets = context.getSocketFactory();
    if (variant.equals("okhttp-conscrypt-ssl-fd")) {
      Conscrypt.setUseEngineSocket(sockets, false);
    }
    Dispatcher dispatcher = new Dispatcher();
    dispatcher.setMaxRequests(64);
    dispatcher.setMaxRequestsPerHost(64);
    return new OkHttpAsyncHttpClientBuilder(
            new OkHttpClient.Builder()
                .sslSocketFactory(sockets, manager)
                .protocols(List.of(Protocol.HTTP_1_1))
                .build())
        .dispatcher(dispatcher)
        .build();
  }

  private static Callable<Void> work(String kind, HttpClient http, String base) {
    byte[] body = new byte[CHUNK];
    new Random(1).nextBytes(body);
    String sas = "?sv=2023-11-03&sr=c&sig=bm8%3D";
    String url = base + "/acct/c/blob" + sas;
    ThreadLocal<byte[]> target = ThreadLocal.withInitial(() -> new byte[CHUNK]);
    switch (kind) {
      case "bareget":
        return () -> {
          HttpRequest request = new HttpRequest(HttpMethod.GET, url);
          request.setHeader(HttpHeaderName.RANGE, "bytes=0-" + (CHUNK - 1));
          try (HttpResponse response = http.sendSync(request, new Context("azure-eagerly-read-response", false));
              InputStream in = response.getBodyAsBinaryData().toStream()) {
            check(in.readNBytes(target.get(), 0, CHUNK));
          }
          return null;
        };
      case "bareput":
        return () -> {
          HttpRequest request = new HttpRequest(HttpMethod.PUT, url);
          request.setBody(BinaryData.fromBytes(body));
          try (HttpResponse response = http.sendSync(request, Context.NONE)) {
            if (response.getStatusCode() != 201) {
              throw new IllegalStateException("HTTP " + response.getStatusCode());
            }
          }
          return null;
        };
      case "sdkget":
        PageBlobClient page =
            new SpecializedBlobClientBuilder().endpoint(url).httpClient(http).buildPageBlobClient();
        return () -> {
          Into into = new Into(target.get());
          page.downloadStreamWithResponse(
              into,
              new BlobRange(0, (long) CHUNK),
              new DownloadRetryOptions().setMaxRetryRequests(3),
              null,
              false,
              Duration.ofSeconds(90),
              Context.NONE);
          check(into.at);
          return null;
        };
      default:
        BlockBlobClient block =
            new SpecializedBlobClientBuilder().endpoint(url).httpClient(http).buildBlockBlobClient();
        return () -> {
          BlockBlobSimpleUploadOptions options =
              new BlockBlobSimpleUploadOptions(BinaryData.fromBytes(body));
          if (kind.equals("sdkput")) {
            options.setContentMd5(MessageDigest.getInstance("MD5").digest(body));
          }
          block.uploadWithResponse(options, Duration.ofMinutes(4), Context.NONE);
          return null;
        };
    }
  }

  private static void check(int count) {
    if (count != CHUNK) {
      throw new IllegalStateException(count + " bytes");
    }
  }

  private static final class Into extends OutputStream {
    private final byte[] target;
    private int at;

    Into(byte[] target) {
      this.target = target;
    }

    @Override
    public void write(int b) {
      target[at++] = (byte) b;
    }

    @Override
    public void write(byte[] bytes, int from, int count) {
      System.arraycopy(bytes, from, target, at, count);
      at += count;
    }
  }

  private static void checksums() throws Exception {
    byte[] body = new byte[CHUNK];
    new Random(1).nextBytes(body);
    java.nio.ByteBuffer direct = java.nio.ByteBuffer.allocateDirect(CHUNK).put(body);
    MessageDigest jdk = MessageDigest.getInstance("MD5", "SUN");
    MessageDigest accp = MessageDigest.getInstance("MD5", AmazonCorrettoCryptoProvider.INSTANCE);
    MessageDigest conscrypt = MessageDigest.getInstance("MD5", Conscrypt.newProvider());
    time("md5-jdk", () -> jdk.digest(body));
    time("md5-accp", () -> accp.digest(body));
    time("md5-accp-direct", () -> { accp.update(direct.rewind()); return accp.digest(); });
    time("md5-conscrypt", () -> conscrypt.digest(body));
    time("crc64-sdk", () -> StorageCrc64Calculator.compute(body, 0));
    System.exit(0);
  }

  private static void time(String name, Callable<Object> work) throws Exception {
    double best = 0;
    for (int round = 0; round < 5; round++) {
      long start = System.nanoTime();
      long cpu = SYSTEM.getProcessCpuTime();
      int calls = 0;
      while (System.nanoTime() - start < 600_000_000L) {
        work.call();
        calls++;
      }
      best = Math.max(best, calls * (double) CHUNK / 1e6 / ((SYSTEM.getProcessCpuTime() - cpu) / 1e9));
    }
    System.out.printf(Locale.ROOT, "%s %.0f MB per CPU second%n", name, best);
  }
}
