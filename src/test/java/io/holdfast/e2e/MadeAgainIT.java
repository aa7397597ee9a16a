package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.e2e.Sparse.Range;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** A VM that is made again under its name. */
class MadeAgainIT {
  private static final int MIB = 1 << 20;
  private static final long GIB = 1L << 30;
  private static final long SEGMENT = 4 * GIB;

  @Test
  void aVmMadeAgainIsANewItemAndItsDiscardedSegmentRestoresAsZerosUnderFull() throws Exception {
    Assumptions.assumeTrue(Sparse.punches(), "holes are punched by fallocate of Linux");
    Stack stack = Stack.shared();
    Machine vm = Machine.create(stack, "again", Map.of("os", 9 * GIB));
    vm.busyAt("os", List.of(new Range(9 * GIB - MIB, MIB)));
    vm.write("os", 1_000, 6 * MIB);
    vm.write("os", SEGMENT + 5_000, 6 * MIB);
    JsonNode first = vm.backUp();

    vm.deleteVm();
    Sparse.punch(vm.file("os"), List.of(new Range(SEGMENT, SEGMENT)));
    vm.putVm();
    JsonNode second = vm.backUp();
    assertThat(second.path("itemId")).isNotEqualTo(first.path("itemId"));
    assertThat(second.at("/disks/0/changeSource").asText()).isEqualTo("Full");

    // Points of the VM that is gone are listed too.
    assertThat(vm.points()).extracting(point -> point.path("itemId")).hasSize(2);
    vm.assertEveryPointEqualsItsCopies();
    for (JsonNode job : List.of(first, second)) {
      assertThat(stack.leftovers(job.path("itemId").asText())).isEqualTo(Stack.Leftovers.NONE);
    }
    assertThat(vm.jobs()).hasSize(2);
    vm.forget();
  }
}
