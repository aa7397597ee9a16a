package io.holdfast.fake;

import io.holdfast.contract.BlobStoreContract;
import io.holdfast.vault.BlobStore;
import java.time.InstantSource;

class MemoryBlobsTest extends BlobStoreContract {
  private final MemoryBlobs blobs = new MemoryBlobs(InstantSource.system(), 2);

  @Override
  protected BlobStore blobs() {
    return blobs;
  }
}
