package io.holdfast.azure;

import com.azure.resourcemanager.compute.fluent.models.VirtualMachineInner;
import com.azure.resourcemanager.compute.fluent.models.VirtualMachineInstanceViewInner;
import com.azure.resourcemanager.compute.models.DataDisk;
import com.azure.resourcemanager.compute.models.InstanceViewStatus;
import com.azure.resourcemanager.compute.models.NetworkInterfaceReference;
import com.azure.resourcemanager.compute.models.OperatingSystemTypes;
import com.azure.resourcemanager.compute.models.SecurityTypes;
import com.azure.resourcemanager.compute.models.VirtualMachineExtensionHandlerInstanceView;
import com.azure.resourcemanager.compute.models.VirtualMachineExtensionInstanceView;
import io.holdfast.disk.VmFacts;
import io.holdfast.disk.VmFacts.Agent;
import io.holdfast.disk.VmFacts.Extension;
import io.holdfast.disk.VmFacts.Security;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** Facts of a VM from its model and its instance view. Pure. */
final class InstanceFacts {
  private static final String PROVISIONING = "provisioningstate/";

  private InstanceFacts() {}

  static VmFacts of(VirtualMachineInner vm) {
    List<InstanceViewStatus> agent =
        vm.instanceView() == null || vm.instanceView().vmAgent() == null
            ? null
            : vm.instanceView().vmAgent().statuses();
    return new VmFacts(
        agent(agent),
        agent == null ? "the instance view has no agent" : String.join("; ", texts(agent)),
        security(vm),
        unmanaged(vm),
        extensions(vm.instanceView()),
        nics(vm));
  }

  static boolean isWindows(VirtualMachineInner vm) {
    return vm.storageProfile() != null
        && vm.storageProfile().osDisk() != null
        && vm.storageProfile().osDisk().osType() == OperatingSystemTypes.WINDOWS;
  }

  static boolean isRunning(VirtualMachineInner vm) {
    return vm.instanceView() != null
        && orEmpty(vm.instanceView().statuses()).stream()
            .map(InstanceViewStatus::code)
            .anyMatch("PowerState/running"::equalsIgnoreCase);
  }

  private static Agent agent(List<InstanceViewStatus> statuses) {
    if (statuses == null || statuses.isEmpty()) {
      return Agent.UNKNOWN;
    }
    return state(statuses) == Extension.State.SUCCEEDED ? Agent.READY : Agent.NOT_READY;
  }

  private static Security security(VirtualMachineInner vm) {
    SecurityTypes type = vm.securityProfile() == null ? null : vm.securityProfile().securityType();
    if (SecurityTypes.CONFIDENTIAL_VM.equals(type)) {
      return Security.CONFIDENTIAL;
    }
    return SecurityTypes.TRUSTED_LAUNCH.equals(type) ? Security.TRUSTED_LAUNCH : Security.STANDARD;
  }

  private static List<String> unmanaged(VirtualMachineInner vm) {
    List<String> names = new ArrayList<>();
    if (vm.storageProfile() == null) {
      return names;
    }
    if (vm.storageProfile().osDisk() != null && vm.storageProfile().osDisk().vhd() != null) {
      names.add(String.valueOf(vm.storageProfile().osDisk().name()));
    }
    for (DataDisk disk : orEmpty(vm.storageProfile().dataDisks())) {
      if (disk.vhd() != null) {
        names.add(String.valueOf(disk.name()));
      }
    }
    return names;
  }

  /**
   * The agent's handlers and the VM's extensions of one type are two views of one thing: the worse
   * state counts, and all texts are kept.
   */
  private static List<Extension> extensions(VirtualMachineInstanceViewInner view) {
    Map<String, Extension> byType = new LinkedHashMap<>();
    if (view == null) {
      return List.of();
    }
    for (VirtualMachineExtensionInstanceView each : orEmpty(view.extensions())) {
      List<InstanceViewStatus> all =
          Stream.concat(orEmpty(each.statuses()).stream(), orEmpty(each.substatuses()).stream())
              .toList();
      add(
          byType,
          new Extension(
              String.valueOf(each.name()),
              String.valueOf(each.type()),
              state(orEmpty(each.statuses())),
              texts(all)));
    }
    List<VirtualMachineExtensionHandlerInstanceView> handlers =
        view.vmAgent() == null ? List.of() : orEmpty(view.vmAgent().extensionHandlers());
    for (VirtualMachineExtensionHandlerInstanceView each : handlers) {
      List<InstanceViewStatus> statuses =
          each.status() == null ? List.of() : List.of(each.status());
      String type = String.valueOf(each.type());
      add(
          byType,
          new Extension(
              type.substring(type.lastIndexOf('.') + 1), type, state(statuses), texts(statuses)));
    }
    return List.copyOf(byType.values());
  }

  private static void add(Map<String, Extension> byType, Extension seen) {
    byType.merge(
        seen.type().toLowerCase(Locale.ROOT),
        seen,
        (known, more) ->
            new Extension(
                known.name(),
                known.type(),
                worse(known.state(), more.state()),
                Stream.concat(known.texts().stream(), more.texts().stream()).distinct().toList()));
  }

  private static Extension.State worse(Extension.State one, Extension.State other) {
    if (one == Extension.State.FAILED || other == Extension.State.FAILED) {
      return Extension.State.FAILED;
    }
    return one == Extension.State.PENDING ? one : other;
  }

  private static Extension.State state(List<InstanceViewStatus> statuses) {
    boolean succeeded = false;
    for (InstanceViewStatus status : statuses) {
      String code = String.valueOf(status.code()).toLowerCase(Locale.ROOT);
      if (code.startsWith(PROVISIONING + "failed") || code.endsWith("unresponsive")) {
        return Extension.State.FAILED;
      }
      succeeded |= code.startsWith(PROVISIONING + "succeeded");
    }
    return succeeded ? Extension.State.SUCCEEDED : Extension.State.PENDING;
  }

  private static List<String> texts(List<InstanceViewStatus> statuses) {
    return statuses.stream()
        .map(
            status ->
                status.message() == null || status.message().isBlank()
                    ? status.code()
                    : status.code() + ": " + AzureFailures.redact(status.message()))
        .toList();
  }

  private static List<String> nics(VirtualMachineInner vm) {
    if (vm.networkProfile() == null) {
      return List.of();
    }
    return orEmpty(vm.networkProfile().networkInterfaces()).stream()
        .sorted(Comparator.comparing(nic -> !Boolean.TRUE.equals(nic.primary())))
        .map(NetworkInterfaceReference::id)
        .toList();
  }

  private static <T> List<T> orEmpty(List<T> list) {
    return list == null ? List.of() : list;
  }
}
