package io.holdfast.disk;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.junit.jupiter.api.Test;

class SnapshotSetTest {
  @Test
  void a_row_of_before_there_were_owners_is_read_and_has_none() throws Exception {
    String before =
        """
        {"number":2,"method":"DISK_SNAPSHOTS","vmId":"vm","location":"westeurope","group":"g",
         "collection":"c","name":"hf-1","disks":[{"key":"os","id":"d","uniqueId":"u"}]}""";

    SnapshotSet set = new ObjectMapper().readValue(before, SnapshotSet.class);

    assertThat(set)
        .isEqualTo(
            new SnapshotSet(
                2,
                SnapshotMethod.DISK_SNAPSHOTS,
                "vm",
                "westeurope",
                "g",
                "c",
                "hf-1",
                null,
                List.of(new SnapshotSet.SourceDisk("os", "d", "u"))));
  }
}
