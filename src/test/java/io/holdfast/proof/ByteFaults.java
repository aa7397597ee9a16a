package io.holdfast.proof;

import io.holdfast.proof.PlantedFault.TestCatch;
import java.util.List;

/** Breaks of rules 5 to 7: what is stored, how long it is kept, and which bytes it is. */
final class ByteFaults {
  private static final String TOUCH = "5 create or touch";
  private static final String FENCE = "6 collection";
  private static final String BYTES = "7 bytes";

  private ByteFaults() {}

  static List<PlantedFault> all() {
    return List.of(
        // ---- 5
        new PlantedFault(
            "An object that is there is written over",
            TOUCH,
            "azure/AzureBlobs.java",
            "new BlobRequestConditions().setIfNoneMatch(\"*\")",
            "new BlobRequestConditions()",
            new TestCatch("azure.AzureBlobsTest", "putIfAbsentLeavesWhatIsThere")),
        new PlantedFault(
            "An old object that is there is not touched",
            TOUCH,
            "vault/Vault.java",
            "blobs.touch(name, put.serviceTime().minus(SAFE_AGE)) != BlobStore.Touch.ABSENT",
            "blobs.exists(name)",
            new TestCatch("vault.VaultTest", "renewsAnOldChunk")),
        new PlantedFault(
            "A chunk that an earlier run sent is looked for and not touched",
            TOUCH,
            "vault/Vault.java",
            "blobs.touch(ObjectKind.CHUNK.objectName(id), BlobStore.WHATEVER_ITS_AGE)"
                + " != BlobStore.Touch.ABSENT",
            "blobs.exists(ObjectKind.CHUNK.objectName(id))",
            new TestCatch("vault.VaultTest", "keepsAChunkInOneRequestIfItIsThere")),
        // ---- 6
        new PlantedFault(
            "A backup commits past its deadline",
            FENCE,
            "backup/FinalizeBackup.java",
            "clock.instant().isAfter(job.value().deadline())",
            "false",
            new TestCatch("backup.EndingsTest", "a_step_past_the_deadline_ends_its_job_itself")),
        // ---- 7
        new PlantedFault(
            "Clear ranges of a diff are forgotten",
            BYTES,
            "transfer/SegmentMover.java",
            "segment.touched().cleared().stream()",
            "java.util.stream.IntStream.empty()",
            new TestCatch("backup.BackupTest", "full_compare_and_diff_hold_the_same")),
        new PlantedFault(
            "A chunk that was cleared in part is taken for zeros",
            BYTES,
            "transfer/ChunkMarks.java",
            "data || clearBytes < grid.chunkLength(segment, place)",
            "data",
            new TestCatch("backup.BackupTest", "full_compare_and_diff_hold_the_same")),
        new PlantedFault(
            "A full page of a change list is taken for all of it",
            BYTES,
            "azure/SnapshotLists.java",
            "while (elements(list) >= ListWindow.ELEMENTS_MAX)",
            "while (elements(list) > ListWindow.ELEMENTS_MAX)",
            new TestCatch("azure.AzureDisksTest", "a_long_change_list_comes_whole_and_in_order")),
        new PlantedFault(
            "Order and bounds of a change list are not asserted",
            BYTES,
            "disk/CheckedExtents.java",
            "offset < reached || end <= offset",
            "false",
            new TestCatch("disk.CheckedExtentsTest", "a_range_out_of_order_or_twice_is_refused")),
        new PlantedFault(
            "A disk that became smaller keeps what its base had behind the new end",
            BYTES,
            "backup/ChangeChoice.java",
            "sizeBytes < disk.sizeBytes()",
            "false",
            new TestCatch(
                "backup.SourceTroubleTest", "a_disk_that_shrank_and_grew_again_is_zeros_there")),
        new PlantedFault(
            "A visit that ends in the middle of a chunk forgets what it saw of it",
            BYTES,
            "transfer/ChunkMarks.java",
            "offset / grid.chunkBytes() * grid.chunkBytes()",
            "offset",
            new TestCatch("transfer.ChunkMarksProperties", "a_walk_in_visits_marks_the_same")),
        new PlantedFault(
            "A reader takes what it is given for what it asked for",
            BYTES,
            "vault/ObjectCodec.java",
            "!digester().digest(plaintext).equals(id)",
            "false",
            new TestCatch("vault.ObjectCodecTest", "refusesEveryFlippedBitOfARawObject")),
        new PlantedFault(
            "The last chunk of a disk is padded with what the buffer held",
            BYTES,
            "transfer/ChunkMover.java",
            "padWithZeros(bytes.position(length));",
            "",
            new TestCatch(
                "transfer.SegmentMoverTest", "the_last_chunk_of_a_disk_is_padded_with_zeros")));
  }
}
