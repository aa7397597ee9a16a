package io.holdfast.bench;

import com.azure.core.http.HttpClient;
import com.azure.core.util.BinaryData;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobServiceClientBuilder;
import com.azure.storage.blob.BlobServiceVersion;
import io.holdfast.azure.AzureClients;
import io.holdfast.testing.Azurite;
import io.holdfast.vault.KernelAccess;
import io.holdfast.vault.Vault;
import io.holdfast.vault.VaultConfig;
import io.holdfast.vault.VaultKeys;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The ceiling of the pipeline: the chunks of a file, each sent to a container by one {@code Put
 * Blob} of the SDK, eight in flight, and nothing else.
 */
public final class PutLoop {
  private static final int IN_FLIGHT = 8;
  private static final int CHUNK_BYTES = VaultConfig.CHUNK_BYTES_DEFAULT;

  /** Sends one chunk. */
  private interface Sender {
    void send(ByteBuffer chunk);
  }

  private PutLoop() {}

  /**
   * {@code ENDPOINT FILE WHAT CONTAINER OUT}: WHAT is {@code plain} (the chunks as they are),
   * {@code encoded} (the objects that a vault makes of them, made beforehand) or {@code saved} (by
   * a vault, which digests and compresses them).
   */
  public static void main(String[] arguments)
      throws IOException, InterruptedException, ExecutionException {
    BlobContainerClient container = container(arguments[0], arguments[3]);
    List<ByteBuffer> chunks = chunks(Path.of(arguments[1]));
    Sender sender = put(container);
    if (arguments[2].equals("encoded")) {
      KernelAccess codec = KernelAccess.plain(true);
      chunks.replaceAll(chunk -> codec.object(codec.id(chunk), chunk));
    } else if (arguments[2].equals("saved")) {
      VaultConfig config = VaultConfig.plain(UUID.randomUUID(), Instant.now());
      Vault vault =
          Vault.openOrCreate(
              new AzureClients(null).blobs(container.getBlobContainerUrl()),
              config,
              VaultKeys.none());
      sender = vault::saveChunk;
    }
    // The first requests pay for connections and class loading, on every side alike.
    put(container).send(ByteBuffer.allocate(CHUNK_BYTES));
    double seconds = seconds(chunks, sender);
    Files.writeString(
        Path.of(arguments[4]), String.format(Locale.ROOT, "{\"seconds\": %.3f}%n", seconds));
    // The HTTP client's threads would keep the process for another minute.
    System.exit(0);
  }

  private static BlobContainerClient container(String endpoint, String name) {
    String connection =
        "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=%s;BlobEndpoint=%s;"
            .formatted(Azurite.KEY, endpoint);
    BlobContainerClient container =
        new BlobServiceClientBuilder()
            .httpClient(HttpClient.createDefault())
            .serviceVersion(BlobServiceVersion.V2025_01_05)
            .connectionString(connection)
            .buildClient()
            .getBlobContainerClient("loop-" + name);
    container.createIfNotExists();
    return container;
  }

  private static List<ByteBuffer> chunks(Path path) throws IOException {
    List<ByteBuffer> chunks = new ArrayList<>();
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
      for (long at = 0; at < file.length(); at += CHUNK_BYTES) {
        byte[] chunk = new byte[CHUNK_BYTES];
        file.readFully(chunk);
        chunks.add(ByteBuffer.allocateDirect(CHUNK_BYTES).put(chunk).flip());
      }
    }
    return chunks;
  }

  private static Sender put(BlobContainerClient container) {
    return chunk -> {
      String name = UUID.randomUUID().toString();
      container
          .getBlobClient(name)
          .getBlockBlobClient()
          .upload(BinaryData.fromByteBuffer(chunk), true);
    };
  }

  private static double seconds(List<ByteBuffer> chunks, Sender sender)
      throws InterruptedException, ExecutionException {
    ExecutorService threads = Executors.newFixedThreadPool(IN_FLIGHT);
    try {
      long began = System.nanoTime();
      List<Future<?>> sent = new ArrayList<>();
      for (ByteBuffer chunk : chunks) {
        sent.add(threads.submit(() -> sender.send(chunk)));
      }
      for (Future<?> each : sent) {
        each.get();
      }
      return (System.nanoTime() - began) / 1e9;
    } finally {
      threads.shutdownNow();
    }
  }
}
