package io.holdfast.disk;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArmIdTest {
  private static final String VM =
      "/subscriptions/00000000-0000-0000-0000-00000000000A/resourceGroups/rg-1/providers"
          + "/Microsoft.Compute/virtualMachines/vm_1";

  @Test
  void a_vm_s_id_is_read_whatever_its_letters_case() {
    ArmId id = ArmId.ofVm(VM).orElseThrow();

    assertThat(id.group()).isEqualTo("rg-1");
    assertThat(id.name()).isEqualTo("vm_1");
    assertThat(ArmId.ofVm(VM.toUpperCase(java.util.Locale.ROOT))).isPresent();
    assertThat(ArmId.subscriptionOf(VM)).endsWith("000A");
    assertThat(ArmId.groupOf(VM)).isEqualTo("rg-1");
    assertThat(ArmId.nameOf(VM)).isEqualTo("vm_1");
    assertThat(ArmId.folded(VM)).isEqualTo(VM.toLowerCase(java.util.Locale.ROOT));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "vm1",
        "/subscriptions/x/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/v",
        "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.Compute/disks/v",
        "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/v/extensions/e",
        "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/r/g/providers/Microsoft.Compute/virtualMachines/v",
        "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/v?x=1",
        " /subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/v"
      })
  void any_other_text_is_none(String text) {
    assertThat(ArmId.ofVm(text)).isEmpty();
  }
}
