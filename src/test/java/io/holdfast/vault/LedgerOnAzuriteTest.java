package io.holdfast.vault;

import static org.assertj.core.api.Assertions.assertThat;

import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobContainerClientBuilder;
import com.azure.storage.blob.models.BlobType;
import io.holdfast.azure.AzureBlobs;
import io.holdfast.testing.Azurite;
import io.holdfast.vault.Ledger.Recorded;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** The ledger on append blobs, with all who append at once. */
class LedgerOnAzuriteTest {
  private static final int HOSTS = 8;
  private static final int ENTRIES = 24;

  private final BlobContainerClient container =
      new BlobContainerClientBuilder()
          .connectionString(Azurite.shared().connectionString())
          .containerName(Azurite.unique("ledger"))
          .buildClient();

  private static LedgerEntry entry(int host, int number) {
    return LedgerEntry.ofPoint(
        "h%d-%d".formatted(host, number),
        // Their clocks differ, and midnight comes on the way.
        SampleVault.TIME.plusSeconds(3600L * (number + host)),
        LedgerEvent.POINT_MADE,
        SampleVault.pointId(1),
        "host " + host,
        "schedule",
        null);
  }

  @Test
  void eightHostsAtOnceHaveEachLineThereOnceInTheirOrder() throws Exception {
    container.create();
    ExecutorService threads = Executors.newFixedThreadPool(HOSTS);
    try {
      List<Callable<Void>> hosts = new ArrayList<>();
      for (int host = 0; host < HOSTS; host++) {
        int number = host;
        Ledger own = new Ledger(new AzureBlobs(container), SampleVault.config(), 20);
        hosts.add(
            () -> {
              for (int i = 0; i < ENTRIES; i += 2) {
                own.append(List.of(entry(number, i), entry(number, i + 1)));
              }
              return null;
            });
      }
      for (Future<Void> host : threads.invokeAll(hosts)) {
        host.get();
      }
    } finally {
      threads.shutdownNow();
    }

    List<Recorded> all = new ArrayList<>();
    new Ledger(new AzureBlobs(container), SampleVault.config()).read(LocalDate.EPOCH, all::add);
    assertThat(all).hasSize(HOSTS * ENTRIES);
    for (int host = 0; host < HOSTS; host++) {
      String prefix = "h" + host + "-";
      List<String> expected = new ArrayList<>();
      for (int i = 0; i < ENTRIES; i++) {
        expected.add(prefix + i);
      }
      assertThat(all.stream().map(line -> line.entry().id()).filter(id -> id.startsWith(prefix)))
          .containsExactlyElementsOf(expected);
    }
    assertThat(all.stream().map(Recorded::file).distinct())
        .hasSizeGreaterThan(4)
        .contains("ledger/2026-11-24-0001.jsonl");
    container
        .listBlobs()
        .forEach(
            blob -> assertThat(blob.getProperties().getBlobType()).isEqualTo(BlobType.APPEND_BLOB));
  }
}
