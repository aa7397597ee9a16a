package io.holdfast.disk;

import java.util.List;
import java.util.Optional;

/**
 * What decides how a VM can be snapshotted, as its model and its instance view say.
 *
 * @param agent what Azure says of the guest agent
 * @param agentText Azure's words about it
 * @param security its security type
 * @param unmanagedDisks names of its disks that are blobs of a storage account
 * @param extensions its extensions as the guest agent and Azure report them
 * @param nics ARM ids of its network interfaces, the primary one first
 */
public record VmFacts(
    Agent agent,
    String agentText,
    Security security,
    List<String> unmanagedDisks,
    List<Extension> extensions,
    List<String> nics) {
  /** A VM about which there is nothing special; its agent is ready. */
  public static final VmFacts PLAIN =
      new VmFacts(Agent.READY, "Ready", Security.STANDARD, List.of(), List.of(), List.of());

  /** State of the guest agent. */
  public enum Agent {
    READY,
    NOT_READY,
    /** The instance view has none: not installed, or the VM is off. */
    UNKNOWN
  }

  /** Azure's {@code securityProfile.securityType}. */
  public enum Security {
    STANDARD,
    TRUSTED_LAUNCH,
    CONFIDENTIAL
  }

  /**
   * An extension.
   *
   * @param name resource name
   * @param type publisher and type: {@code Microsoft.Azure.RecoveryServices.VMSnapshot}
   * @param state how far its provisioning is
   * @param texts codes and messages of its statuses and sub-statuses, as Azure gives them
   */
  public record Extension(String name, String type, State state, List<String> texts) {
    /** How far an extension's provisioning is. */
    public enum State {
      /** Creating, updating, or another transition. */
      PENDING,
      SUCCEEDED,
      FAILED
    }

    public Extension {
      texts = List.copyOf(texts);
    }
  }

  public VmFacts {
    unmanagedDisks = List.copyOf(unmanagedDisks);
    extensions = List.copyOf(extensions);
    nics = List.copyOf(nics);
  }

  /** Publisher of the snapshot extension (azure-compute-docs, extensions/vmsnapshot-windows). */
  public static final String SNAPSHOT_PUBLISHER = "Microsoft.Azure.RecoveryServices";

  /** Resource name and type of the snapshot extension of an operating system. */
  public static String snapshotExtension(boolean windows) {
    return windows ? "VMSnapshot" : "VMSnapshotLinux";
  }

  /** The snapshot extension of an operating system, if the VM has it. */
  public Optional<Extension> snapshotHandler(boolean windows) {
    String type = SNAPSHOT_PUBLISHER + "." + snapshotExtension(windows);
    return extensions.stream().filter(each -> each.type().equalsIgnoreCase(type)).findFirst();
  }
}
