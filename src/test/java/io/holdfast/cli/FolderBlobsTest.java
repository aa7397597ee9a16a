package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.contract.BlobStoreContract;
import io.holdfast.failure.Invalid;
import io.holdfast.vault.BlobStore;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderBlobsTest extends BlobStoreContract {
  @TempDir Path folder;
  private FolderBlobs blobs;

  @BeforeEach
  void openTheFolder() {
    blobs = new FolderBlobs(folder, InstantSource.system(), 2);
  }

  @Override
  protected BlobStore blobs() {
    return blobs;
  }

  @Test
  void aBlobIsAFileOfItsName() throws Exception {
    blobs.put("chunks/ab/cd", new byte[] {1, 2, 3});

    assertThat(folder.resolve("chunks/ab/cd")).hasBinaryContent(new byte[] {1, 2, 3});
  }

  @Test
  void listsNoFileOfItsOwn() throws Exception {
    blobs.put("a", new byte[1]);
    assertThat(blobs.putIfAbsent("b/c", ByteBuffer.wrap(new byte[1])).created()).isTrue();
    Files.createDirectories(folder.resolve(".tmp"));
    Files.write(folder.resolve(".tmp/left-by-a-crash"), new byte[1]);

    assertThat(blobs.list("", Optional.empty()).blobs())
        .extracting(BlobStore.Listed::name)
        .containsExactly("a", "b/c");
  }

  @Test
  void neverWritesIntoWhatAKilledRunLeftWhichMayBeAnotherNameOfAnObject() throws Exception {
    blobs.put("stored", new byte[] {1, 2, 3});
    Files.createDirectories(folder.resolve(".tmp"));
    long pid = ProcessHandle.current().pid();
    for (int i = 0; i < 9; i++) {
      Files.createLink(folder.resolve(".tmp/" + pid + "-" + i), folder.resolve("stored"));
    }

    FolderBlobs again = new FolderBlobs(folder, InstantSource.system(), 2);
    for (int i = 0; i < 9; i++) {
      assertThat(again.putIfAbsent("new" + i, ByteBuffer.wrap(new byte[] {9})).created()).isTrue();
    }

    assertThat(folder.resolve("stored")).hasBinaryContent(new byte[] {1, 2, 3});
  }

  @Test
  void givesNoAccessToFilesOutside() {
    assertThatThrownBy(() -> blobs.get("../secret")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> blobs.get("a/../../secret"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> blobs.get("/etc/passwd")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void namesAFolderThatIsNotThere() {
    assertThatThrownBy(() -> new FolderBlobs(folder.resolve("no"), InstantSource.system()))
        .isInstanceOf(Invalid.class)
        .hasMessageContaining(folder.resolve("no").toString());
  }
}
