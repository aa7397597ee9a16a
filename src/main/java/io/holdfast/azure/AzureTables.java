package io.holdfast.azure;

import com.azure.core.http.rest.PagedResponse;
import com.azure.core.util.Context;
import com.azure.data.tables.TableClient;
import com.azure.data.tables.TableServiceClient;
import com.azure.data.tables.models.ListEntitiesOptions;
import com.azure.data.tables.models.TableEntity;
import com.azure.data.tables.models.TableErrorCode;
import com.azure.data.tables.models.TableServiceException;
import com.azure.data.tables.models.TableTransactionAction;
import com.azure.data.tables.models.TableTransactionActionType;
import com.azure.data.tables.models.TableTransactionFailedException;
import io.holdfast.catalogue.TableLimits;
import io.holdfast.catalogue.TableStore;
import io.holdfast.failure.Invalid;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Table Storage. */
public final class AzureTables implements TableStore {
  private static final String ETAG = "odata.etag";
  private static final String TIMESTAMP = "Timestamp";

  /**
   * Which call wrote a row: tells a refusal from the repetition of a call whose answer was lost.
   */
  private static final String WRITTEN_BY = "writtenBy";

  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** Refusals that say: a row was there, was gone, or had another ETag. */
  private static final Set<TableErrorCode> CONFLICTS =
      Set.of(
          TableErrorCode.ENTITY_ALREADY_EXISTS,
          TableErrorCode.ENTITY_NOT_FOUND,
          TableErrorCode.RESOURCE_NOT_FOUND,
          TableErrorCode.UPDATE_CONDITION_NOT_SATISFIED);

  private final TableServiceClient service;
  private final Map<String, TableClient> clients = new ConcurrentHashMap<>();
  private final SecureRandom random = new SecureRandom();

  public AzureTables(TableServiceClient service) {
    this.service = service;
  }

  /** Makes the tables that are not there. Only for local use: in Azure the infrastructure does. */
  public void create(List<String> tables) {
    for (String table : tables) {
      try {
        service.createTableIfNotExists(table);
      } catch (RuntimeException e) {
        throw AzureFailures.of(e, "create table", table);
      }
    }
  }

  @Override
  public Optional<Row> get(String table, Key key) {
    try {
      return Optional.of(row(client(table).getEntity(key.partition(), key.row())));
    } catch (TableServiceException e) {
      if (e.getResponse() != null
          && e.getResponse().getStatusCode() == 404
          && e.getValue().getErrorCode() != TableErrorCode.TABLE_NOT_FOUND) {
        return Optional.empty();
      }
      throw AzureFailures.of(e, "read row", table + " " + key);
    } catch (RuntimeException e) {
      throw AzureFailures.of(e, "read row", table + " " + key);
    }
  }

  @Override
  public Page query(
      String table, String partition, String from, String to, int rowsMax, Optional<String> next) {
    String filter =
        "PartitionKey eq '%s' and RowKey ge '%s' and RowKey lt '%s'"
            .formatted(quoted(partition), quoted(from), quoted(to));
    try {
      Iterator<PagedResponse<TableEntity>> pages =
          client(table)
              .listEntities(
                  new ListEntitiesOptions().setFilter(filter).setTop(rowsMax),
                  TIMEOUT,
                  Context.NONE)
              .iterableByPage(next.orElse(null))
              .iterator();
      if (!pages.hasNext()) {
        return new Page(List.of(), Optional.empty());
      }
      PagedResponse<TableEntity> page = pages.next();
      return new Page(
          page.getValue().stream().map(AzureTables::row).toList(),
          Optional.ofNullable(page.getContinuationToken()));
    } catch (RuntimeException e) {
      throw AzureFailures.of(e, "query rows", table + " " + partition);
    }
  }

  @Override
  public boolean commit(String table, List<Change> changes) {
    TableLimits.check(changes);
    String call = Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong());
    try {
      client(table)
          .submitTransactionWithResponse(
              changes.stream().map(change -> action(change, call)).toList(), TIMEOUT, Context.NONE);
      return true;
    } catch (TableTransactionFailedException e) {
      if (e.getValue() != null && CONFLICTS.contains(e.getValue().getErrorCode())) {
        return appliedBefore(table, changes, call);
      }
      if (e.getValue() != null && e.getValue().getErrorCode() == TableErrorCode.TABLE_NOT_FOUND) {
        // The exception of a transaction carries no answer, so its status cannot tell.
        throw new Invalid(
            "TableNotFound",
            "cannot change rows: there is no table %s; create it".formatted(table));
      }
      throw AzureFailures.of(e, "change rows", table + " " + changes.get(0).key());
    } catch (RuntimeException e) {
      throw AzureFailures.of(e, "change rows", table + " " + changes.get(0).key());
    }
  }

  /**
   * Whether this very call was applied already: the SDK sends a call again when the connection
   * broke before the answer, and the service refuses its own repetition then.
   */
  private boolean appliedBefore(String table, List<Change> changes, String call) {
    Optional<Change> written =
        changes.stream().filter(change -> !(change instanceof Change.Delete)).findFirst();
    if (written.isEmpty()) {
      return false;
    }
    Key key = written.get().key();
    try {
      Object by = client(table).getEntity(key.partition(), key.row()).getProperty(WRITTEN_BY);
      return call.equals(by);
    } catch (TableServiceException e) {
      if (e.getResponse() != null && e.getResponse().getStatusCode() == 404) {
        return false;
      }
      throw AzureFailures.of(e, "read row", table + " " + key);
    } catch (RuntimeException e) {
      throw AzureFailures.of(e, "read row", table + " " + key);
    }
  }

  private TableClient client(String table) {
    return clients.computeIfAbsent(table, service::getTableClient);
  }

  private static String quoted(String text) {
    return text.replace("'", "''");
  }

  private static TableTransactionAction action(Change change, String call) {
    TableEntity entity = new TableEntity(change.key().partition(), change.key().row());
    if (change instanceof Change.Insert insert) {
      entity.setProperties(properties(insert.values(), change.key(), call));
      return new TableTransactionAction(TableTransactionActionType.CREATE, entity);
    }
    if (change instanceof Change.Upsert upsert) {
      entity.setProperties(properties(upsert.values(), change.key(), call));
      return new TableTransactionAction(TableTransactionActionType.UPSERT_REPLACE, entity);
    }
    if (change instanceof Change.Replace replace) {
      entity.setProperties(properties(replace.values(), change.key(), call));
      return conditional(TableTransactionActionType.UPDATE_REPLACE, entity, replace.etag());
    }
    if (change instanceof Change.Merge merge) {
      entity.setProperties(properties(merge.values(), change.key(), call));
      return conditional(TableTransactionActionType.UPDATE_MERGE, entity, merge.etag());
    }
    return conditional(TableTransactionActionType.DELETE, entity, ((Change.Delete) change).etag());
  }

  private static TableTransactionAction conditional(
      TableTransactionActionType type, TableEntity entity, String etag) {
    if (etag.equals(ANY)) {
      return new TableTransactionAction(type, entity, false);
    }
    entity.addProperty(ETAG, etag);
    return new TableTransactionAction(type, entity, true);
  }

  private static Map<String, Object> properties(Map<String, Object> values, Key key, String call) {
    Map<String, Object> properties = new HashMap<>(values);
    properties.put("PartitionKey", key.partition());
    properties.put("RowKey", key.row());
    properties.put(WRITTEN_BY, call);
    return properties;
  }

  private static Row row(TableEntity entity) {
    Map<String, Object> values = new HashMap<>();
    for (Map.Entry<String, Object> property : entity.getProperties().entrySet()) {
      String name = property.getKey();
      boolean own =
          !name.startsWith("odata.")
              && !name.contains("@odata.")
              && !name.equals(TIMESTAMP)
              && !name.equals(WRITTEN_BY)
              && !name.equals("PartitionKey")
              && !name.equals("RowKey");
      if (own) {
        values.put(name, property.getValue());
      }
    }
    return new Row(
        new Key(entity.getPartitionKey(), entity.getRowKey()),
        entity.getETag(),
        entity.getTimestamp().toInstant(),
        values);
  }
}
