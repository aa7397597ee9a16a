package io.holdfast.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.disk.Allowance;
import io.holdfast.failure.Unavailable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The app's own limit of calls, on the real clients over the simulator. */
class ArmBudgetTest {
  private static final String VM =
      "/subscriptions/%s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/gone"
          .formatted(SimulatedAzure.SUBSCRIPTION);

  @TempDir Path folder;
  private final List<String> asked = new ArrayList<>();
  private final List<Duration> pauses = new ArrayList<>();
  private Optional<Duration> answer = Optional.empty();

  private final Allowance allowance =
      new Allowance() {
        @Override
        public Optional<Duration> take(String subscription, Kind kind) {
          asked.add(subscription + " " + kind);
          return answer;
        }

        @Override
        public void pause(String subscription, Duration wait) {
          pauses.add(wait);
        }
      };

  @Test
  void each_call_is_taken_and_one_that_is_not_allowed_is_not_made() throws Exception {
    try (SimulatedAzure azure = SimulatedAzure.plain(folder)) {
      AzureDisks disks = azure.clients().disks(azure.simulator.baseUrl(), allowance);

      assertThat(disks.vm(VM)).isEmpty();
      int made = azure.simulator.requests().size();
      answer = Optional.of(Duration.ofSeconds(7));

      assertThatThrownBy(() -> disks.vm(VM))
          .isInstanceOfSatisfying(
              Unavailable.class,
              busy -> assertThat(busy.retryAfter()).contains(Duration.ofSeconds(7)))
          .hasMessageContaining("used up");
      assertThat(azure.simulator.requests()).hasSize(made);
      assertThat(asked)
          .hasSize(2)
          .allMatch(call -> call.equals(SimulatedAzure.SUBSCRIPTION + " READ"));
    }
  }

  @Test
  void a_refusal_for_load_pauses_the_subscription_for_as_long_as_azure_says() throws Exception {
    try (SimulatedAzure azure = SimulatedAzure.plain(folder)) {
      AzureDisks disks = azure.clients().disks(azure.simulator.baseUrl(), allowance);
      azure.faults(
          "[{\"match\":{\"operation\":\"VirtualMachines_Get\"},\"action\":{\"status\":429,\"code\":\"SubscriptionRequestsThrottled\",\"message\":\"m\",\"retryAfter\":9}},"
              + "{\"match\":{\"operation\":\"VirtualMachines_Get\"},\"action\":{\"status\":429,\"code\":\"TooManyRequests\",\"message\":\"m\",\"retryAfter\":600}}]");

      assertThatThrownBy(() -> disks.vm(VM)).isInstanceOf(Unavailable.class);
      assertThatThrownBy(() -> disks.vm(VM)).isInstanceOf(Unavailable.class);

      assertThat(pauses).containsExactly(Duration.ofSeconds(9));
    }
  }
}
