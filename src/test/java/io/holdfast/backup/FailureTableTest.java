package io.holdfast.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.catalogue.JobStatus;
import io.holdfast.fake.SimulatedVm;
import io.holdfast.fake.SimulatedWorld;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FailureTableTest {
  @TempDir Path folder;

  @Test
  void smoke() {
    try (SimulatedWorld sim = new SimulatedWorld(folder)) {
      SimulatedVm vm = sim.vm("web");
      var job = sim.backUp(vm, 3);
      assertThat(job.status()).as("%s", job).isEqualTo(JobStatus.COMPLETED);
      sim.assertHolds(job, vm);
      vm.scribble("os", 4096, 100);
      job = sim.backUp(vm, 3);
      System.err.println(job);
      sim.assertHolds(job, vm);
    }
  }
}
