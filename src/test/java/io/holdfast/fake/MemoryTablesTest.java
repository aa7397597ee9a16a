package io.holdfast.fake;

import io.holdfast.catalogue.TableStore;
import io.holdfast.contract.TableStoreContract;
import java.time.InstantSource;

class MemoryTablesTest extends TableStoreContract {
  private final MemoryTables tables = new MemoryTables(InstantSource.system(), 7);

  @Override
  protected TableStore tables() {
    return tables;
  }
}
