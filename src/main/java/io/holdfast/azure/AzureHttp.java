package io.holdfast.azure;

import com.azure.core.http.HttpClient;
import com.azure.core.http.okhttp.OkHttpAsyncHttpClientBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import okhttp3.ConnectionPool;
import okhttp3.Dispatcher;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;

/**
 * The HTTP client below all clients of the Azure SDK: one for the process, since its connections
 * are shared.
 *
 * <p>HTTP/1.1 only, on purpose: Blob Storage speaks nothing else (a client that offers HTTP/2 gets
 * 1.1), and one connection for each read in flight is what makes parallel reads fast.
 */
final class AzureHttp {
  /**
   * Calls at once, in all and to one host; OkHttp's own 64 and 5 would bound all lanes together.
   */
  private static final int CALLS_MAX = 128;

  /** A call in flight has a connection: fewer idle ones kept would mean handshakes all the time. */
  private static final int IDLE_MAX = CALLS_MAX;

  private static final Duration IDLE = Duration.ofMinutes(2);
  private static final Duration CONNECT_MAX = Duration.ofSeconds(10);

  /** Longest silence of the service: it may think for 30 s about page ranges before it gives up. */
  private static final Duration SILENCE_MAX = Duration.ofSeconds(60);

  /**
   * Longest silence within a body that is read: the service has the bytes at hand, so that a
   * connection which is this long silent is dead. With one retry a read that stalls ends in 30 s.
   */
  private static final Duration STALL_MAX = Duration.ofSeconds(15);

  private AzureHttp() {}

  private static final class Shared {
    static final HttpClient VALUE = make(NativeTls.get(), STALL_MAX);
  }

  /** The client of this process. */
  static HttpClient shared() {
    return Shared.VALUE;
  }

  /**
   * @param stallMax longest silence while a range of a blob is read
   */
  static HttpClient make(NativeTls tls, Duration stallMax) {
    OkHttpClient base =
        new OkHttpClient.Builder()
            .sslSocketFactory(tls.sockets(), tls.trust())
            .protocols(List.of(Protocol.HTTP_1_1))
            .addInterceptor(chain -> readsEndSooner(chain, stallMax))
            .build();
    return new OkHttpAsyncHttpClientBuilder(base)
        .connectionPool(new ConnectionPool(IDLE_MAX, IDLE.toSeconds(), TimeUnit.SECONDS))
        .dispatcher(dispatcher())
        .connectionTimeout(CONNECT_MAX)
        .readTimeout(SILENCE_MAX)
        .writeTimeout(stallMax)
        .build();
  }

  private static Response readsEndSooner(Interceptor.Chain chain, Duration stallMax)
      throws IOException {
    Request request = chain.request();
    boolean readsRange =
        request.header("x-ms-range") != null && request.url().queryParameter("comp") == null;
    return (readsRange
            ? chain.withReadTimeout((int) stallMax.toMillis(), TimeUnit.MILLISECONDS)
            : chain)
        .proceed(request);
  }

  /** OkHttp's own threads would keep the command line alive for a minute after its end. */
  private static Dispatcher dispatcher() {
    AtomicInteger number = new AtomicInteger();
    Dispatcher dispatcher =
        new Dispatcher(
            new ThreadPoolExecutor(
                0,
                Integer.MAX_VALUE,
                IDLE.toSeconds(),
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                work -> {
                  Thread thread = new Thread(work, "azure-http-" + number.incrementAndGet());
                  thread.setDaemon(true);
                  return thread;
                }));
    dispatcher.setMaxRequests(CALLS_MAX);
    dispatcher.setMaxRequestsPerHost(CALLS_MAX);
    return dispatcher;
  }
}
