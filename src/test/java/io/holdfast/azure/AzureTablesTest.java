package io.holdfast.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.core.http.policy.RetryPolicy;
import com.azure.data.tables.TableServiceClient;
import com.azure.data.tables.TableServiceClientBuilder;
import io.holdfast.catalogue.TableStore;
import io.holdfast.catalogue.TableStore.Change;
import io.holdfast.catalogue.TableStore.Key;
import io.holdfast.contract.TableStoreContract;
import io.holdfast.failure.Invalid;
import io.holdfast.failure.Unavailable;
import io.holdfast.testing.Azurite;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AzureTablesTest extends TableStoreContract {
  private AzureTables tables;

  @BeforeEach
  void makeATable() {
    TableServiceClient service =
        new TableServiceClientBuilder()
            .connectionString(Azurite.shared().connectionString())
            .buildClient();
    service.deleteTable(TABLE);
    tables = new AzureTables(service);
    tables.create(List.of(TABLE));
  }

  @Override
  protected TableStore tables() {
    return tables;
  }

  @Test
  void a_commit_that_is_sent_twice_since_its_answer_was_lost_has_happened_once_and_says_so() {
    AzureTables repeating =
        new AzureTables(
            new TableServiceClientBuilder()
                .connectionString(Azurite.shared().connectionString())
                .addPolicy(
                    (context, next) -> next.clone().process().flatMap(lost -> next.process()))
                .buildClient());
    Key key = new Key("p", "r");

    assertThat(repeating.commit(TABLE, List.of(new Change.Insert(key, Map.of("n", 1L))))).isTrue();
    String etag = tables.get(TABLE, key).orElseThrow().etag();
    assertThat(repeating.commit(TABLE, List.of(new Change.Replace(key, Map.of("n", 2L), etag))))
        .isTrue();

    assertThat(repeating.commit(TABLE, List.of(new Change.Insert(key, Map.of("n", 3L))))).isFalse();
    assertThat(repeating.commit(TABLE, List.of(new Change.Replace(key, Map.of("n", 4L), etag))))
        .isFalse();
    assertThat(tables.get(TABLE, key).orElseThrow().number("n")).isEqualTo(2);
  }

  @Test
  void makes_a_table_once() {
    tables.create(List.of(TABLE));
  }

  @Test
  void names_a_table_that_is_not_there() {
    Key key = new Key("p", "r");
    assertThatThrownBy(() -> tables.get("NoSuchTable", key))
        .isInstanceOf(Invalid.class)
        .hasMessageContaining("NoSuchTable");
    assertThatThrownBy(() -> tables.query("NoSuchTable", "p", "", "~", 10, Optional.empty()))
        .isInstanceOf(Invalid.class)
        .hasMessageContaining("NoSuchTable");
    assertThatThrownBy(
            () -> tables.commit("NoSuchTable", List.of(new Change.Insert(key, Map.of()))))
        .isInstanceOf(Invalid.class)
        .hasMessageContaining("NoSuchTable");
  }

  @Test
  void says_that_nobody_answers_where_nobody_listens() {
    AzureTables nobody =
        new AzureTables(
            new TableServiceClientBuilder()
                .connectionString(
                    Azurite.shared()
                        .connectionString()
                        .replace(
                            Azurite.shared().tableEndpoint(),
                            "http://127.0.0.1:%d/devstoreaccount1".formatted(Azurite.freePort())))
                .retryPolicy(
                    new RetryPolicy(
                        new com.azure.core.http.policy.FixedDelay(0, Duration.ofMillis(1))))
                .buildClient());

    assertThatThrownBy(() -> nobody.get(TABLE, new Key("p", "r")))
        .isInstanceOf(Unavailable.class)
        .hasMessageContaining(TABLE)
        .hasMessageNotContaining("AccountKey");
  }
}
