package io.holdfast.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.JobStatus;
import io.holdfast.fake.MemoryVm;
import io.holdfast.fake.World;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Objects of the base that are damaged or gone: one backup fails and says why, the next one does
 * without the base, and what it writes anew mends the older points, which all restore at the end.
 */
class UnusableBaseTest {
  private final World world = new World();
  private final MemoryVm vm = world.vm("web");

  @AfterEach
  void theWorldIsInOrder() {
    world.close();
  }

  private List<String> objects(String prefix) {
    return world.blobs.names().stream().filter(name -> name.startsWith(prefix)).toList();
  }

  @ParameterizedTest
  @CsvSource({
    // what, truncated or removed, days the snapshot is kept
    "segments/, true, 0",
    "segments/, false, 0",
    "segments/, true, 1",
    "manifests/, true, 0",
    "manifests/, true, 1",
    "manifests/, false, 1",
  })
  void the_backup_after_the_one_that_found_it_reads_all_and_mends_it(
      String what, boolean truncated, int days) {
    Job first = world.backUp(vm, days);
    for (String root : objects(what)) {
      if (world.pointOf(first).manifest().equals(root.substring(root.lastIndexOf('/') + 1))) {
        // The point's own manifest is no base of anything.
        continue;
      }
      if (truncated) {
        world.blobs.damage(root, bytes -> Arrays.copyOf(bytes, bytes.length - 7));
      } else {
        assertThat(world.blobs.delete(root)).isTrue();
      }
    }
    byte[] os = vm.get("os").bytes();
    // A change in the first segment: the base's index of it is asked for. Then it is as it was.
    vm.get("os").scribble(new Random(9), 0, 512);
    Job failed = world.backUp(vm, days);
    vm.get("os").write(0, Arrays.copyOf(os, 512));
    Job mended = world.backUp(vm, days);

    assertThat(failed.status()).isEqualTo(JobStatus.FAILED);
    assertThat(failed.error().code()).isEqualTo("BaseUnusable");
    assertThat(failed.error().message()).contains("vault verify").contains("next backup");
    assertThat(mended.status()).isEqualTo(JobStatus.COMPLETED_WITH_WARNINGS);
    assertThat(mended.warnings()).allMatch(warning -> warning.code().equals("BaseUnusable"));
    assertThat(mended.disks())
        .allSatisfy(disk -> assertThat(disk.result().changeSource().text()).isEqualTo("Full"));
    assertThat(world.restore(world.pointOf(first), "os")).isEqualTo(os);

    Job after = world.backUp(vm, days);
    assertThat(after.status()).isEqualTo(JobStatus.COMPLETED);
  }

  @Test
  void a_chunk_that_is_damaged_below_a_damaged_index_is_replaced_too() {
    Job first = world.backUp(vm);
    objects("segments/")
        .forEach(name -> world.blobs.damage(name, bytes -> Arrays.copyOf(bytes, 20)));
    objects("chunks/")
        .forEach(
            name ->
                world.blobs.damage(
                    name,
                    bytes -> {
                      bytes[bytes.length - 1] ^= 1;
                      return bytes;
                    }));

    Job failed = world.backUp(vm);
    Job mended = world.backUp(vm);

    assertThat(failed.error().code()).isEqualTo("BaseUnusable");
    assertThat(mended.status()).isEqualTo(JobStatus.COMPLETED_WITH_WARNINGS);
    // All points restore when the world is closed, the first one with them.
    assertThat(world.points(vm)).hasSize(2).contains(world.pointOf(first));
  }
}
