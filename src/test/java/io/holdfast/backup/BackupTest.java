package io.holdfast.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.catalogue.ChangeSource;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.JobStatus;
import io.holdfast.fake.MemoryVm;
import io.holdfast.fake.World;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Backups of a VM from their request to their end. The world checks every point when it closes. */
class BackupTest {
  private final World world = new World();
  private final MemoryVm vm = world.vm("vm1");
  private final Random random = new Random(7);

  @AfterEach
  void theWorldIsInOrder() {
    world.close();
  }

  @Test
  void the_first_backup_of_a_vm_is_a_full_one() {
    Job job = world.backUp(vm);

    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(job.disks())
        .extracting(disk -> disk.disk(), disk -> disk.result().changeSource())
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("os", ChangeSource.FULL),
            org.assertj.core.groups.Tuple.tuple("lun0", ChangeSource.FULL));
    assertThat(world.points(vm)).hasSize(1);
  }

  @Test
  void x() {
    world.backUp(vm);
    vm.get("os").scribble(random, 4096, 100);
    assertThat(world.backUp(vm).status()).isEqualTo(JobStatus.COMPLETED);
    vm.get("os").scribble(random, 4096, 100);
    assertThat(world.backUp(vm,1).status()).isEqualTo(JobStatus.COMPLETED);
    vm.get("os").scribble(random, 4096, 100);
    assertThat(world.backUp(vm,1).status()).isEqualTo(JobStatus.COMPLETED);
  }
}
