package io.holdfast.function;

import io.holdfast.backup.SnapshotSite;
import io.holdfast.disk.ArmId;
import io.holdfast.failure.Invalid;
import io.holdfast.failure.Invalid.Fault;
import io.holdfast.schedule.Slots;
import io.holdfast.vault.KeyFile;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The app's settings, read and checked once, at the start. {@code docs/settings.md} lists them.
 *
 * @param storageConnection connection string of the host's storage; null when its account is named
 * @param queueUri queue service of the host's storage; null with a connection string
 * @param tableUri table service of the host's storage; null with a connection string
 * @param vault URL of the vault's container
 * @param snapshotGroup name of the resource group for snapshots, in each VM's subscription
 * @param zone IANA zone of schedules that name none
 * @param localAuth whether requests need no principal: never in Azure
 * @param armEndpoint of Azure Resource Manager
 * @param subscriptions where VMs with a policy's tags are looked for
 * @param clientId of the app's user-assigned identity; null: the environment's default
 * @param windowsExtension {@code typeHandlerVersion} of the snapshot extension of Windows
 * @param linuxExtension {@code typeHandlerVersion} of the snapshot extension of Linux
 * @param keyFile with the key that wraps the vault's keys; null: the vault is not encrypted
 * @param softDeleteDays how long a deleted recovery point can be undeleted; 1 to 180
 */
public record Settings(
    String storageConnection,
    String queueUri,
    String tableUri,
    String vault,
    String snapshotGroup,
    String zone,
    boolean localAuth,
    String armEndpoint,
    List<String> subscriptions,
    String clientId,
    String windowsExtension,
    String linuxExtension,
    Path keyFile,
    int softDeleteDays) {
  static final String STORAGE = "AzureWebJobsStorage";
  static final String STORAGE_ACCOUNT = "AzureWebJobsStorage__accountName";
  static final String STORAGE_QUEUES = "AzureWebJobsStorage__queueServiceUri";
  static final String STORAGE_TABLES = "AzureWebJobsStorage__tableServiceUri";
  static final String VAULT = "HOLDFAST_VAULT";
  static final String SNAPSHOT_GROUP = "HOLDFAST_SNAPSHOT_RESOURCE_GROUP";
  static final String ZONE = "HOLDFAST_ZONE";
  static final String AUTH = "HOLDFAST_AUTH";
  static final String ARM_ENDPOINT = "HOLDFAST_ARM_ENDPOINT";
  static final String SUBSCRIPTIONS = "HOLDFAST_SUBSCRIPTIONS";
  static final String CLIENT_ID = "AZURE_CLIENT_ID";
  static final String KEY_FILE = "HOLDFAST_KEY_FILE";
  static final String WINDOWS_EXTENSION = "HOLDFAST_EXTENSION_VERSION_WINDOWS";
  static final String LINUX_EXTENSION = "HOLDFAST_EXTENSION_VERSION_LINUX";
  static final String SOFT_DELETE = "HOLDFAST_SOFT_DELETE_DAYS";

  /** Set by Azure on every instance: its presence means that the app runs there. */
  static final String INSTANCE_ID = "WEBSITE_INSTANCE_ID";

  /** All settings that the code reads. */
  public static final List<String> NAMES =
      List.of(
          STORAGE,
          STORAGE_ACCOUNT,
          STORAGE_QUEUES,
          STORAGE_TABLES,
          VAULT,
          SNAPSHOT_GROUP,
          ZONE,
          AUTH,
          ARM_ENDPOINT,
          SUBSCRIPTIONS,
          CLIENT_ID,
          WINDOWS_EXTENSION,
          LINUX_EXTENSION,
          KEY_FILE,
          SOFT_DELETE);

  private static final String ARM_PUBLIC = "https://management.azure.com";
  private static final Pattern GROUP = Pattern.compile("[-\\w._()]{1,90}");
  private static final Pattern DAYS = Pattern.compile("[1-9]\\d{0,2}");
  private static final int SOFT_DELETE_DAYS_MAX = 180;
  private static final Pattern HANDLER = Pattern.compile("\\d{1,4}\\.\\d{1,6}");
  private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "[::1]");

  /**
   * Reads the settings.
   *
   * @param environment names and values
   * @throws Invalid one message that lists every fault
   */
  public static Settings read(Map<String, String> environment) {
    return read(environment, url -> "");
  }

  /**
   * Reads the settings.
   *
   * @param vaultFault what is wrong with the URL of a container; empty text: nothing
   * @throws Invalid one message that lists every fault
   */
  static Settings read(Map<String, String> environment, UnaryOperator<String> vaultFault) {
    return new Reader(environment, vaultFault).read();
  }

  /** Where snapshots are made, and by which extension. */
  SnapshotSite snapshotSite() {
    return new SnapshotSite(snapshotGroup, windowsExtension, linuxExtension);
  }

  /** Collects faults while it reads. */
  private static final class Reader {
    private final Map<String, String> environment;
    private final UnaryOperator<String> vaultFault;
    private final List<Fault> faults = new ArrayList<>();

    private Reader(Map<String, String> environment, UnaryOperator<String> vaultFault) {
      this.environment = environment;
      this.vaultFault = vaultFault;
    }

    private Settings read() {
      String connection = text(STORAGE, null);
      String account = text(STORAGE_ACCOUNT, null);
      String queueUri = serviceUri(STORAGE_QUEUES, account, "queue");
      String tableUri = serviceUri(STORAGE_TABLES, account, "table");
      if (connection == null && (queueUri == null || tableUri == null)) {
        fault(
            STORAGE,
            "is missing: set it to a connection string, or name the account in " + STORAGE_ACCOUNT);
      }
      Settings settings =
          new Settings(
              connection,
              queueUri,
              tableUri,
              vault(),
              snapshotGroup(),
              zone(),
              localAuth(),
              armEndpoint(),
              subscriptions(),
              text(CLIENT_ID, null),
              extension(WINDOWS_EXTENSION, SnapshotSite.WINDOWS_VERSION),
              extension(LINUX_EXTENSION, SnapshotSite.LINUX_VERSION),
              keyFile(),
              softDeleteDays());
      if (!faults.isEmpty()) {
        throw new Invalid(
            "InvalidSettings",
            faults.stream()
                .map(fault -> "  %s %s".formatted(fault.target(), fault.message()))
                .collect(
                    Collectors.joining(
                        "\n", "Holdfast cannot start; mend these app settings:\n", "")),
            faults);
      }
      return settings;
    }

    private String serviceUri(String name, String account, String service) {
      String fallback =
          account == null ? null : "https://%s.%s.core.windows.net".formatted(account, service);
      return text(name, fallback);
    }

    private String vault() {
      String vault = text(VAULT, null);
      if (vault == null) {
        fault(
            VAULT,
            "is missing: set it to the URL of the vault's container,"
                + " https://{account}.blob.core.windows.net/{container}");
        return null;
      }
      URI uri = uri(VAULT, vault);
      if (uri != null && (uri.getPath() == null || uri.getPath().length() < 2)) {
        fault(
            VAULT,
            "names no container: its form is https://{account}.blob.core.windows.net/{container}");
      }
      String fault = uri == null ? "" : vaultFault.apply(vault);
      if (!fault.isEmpty() && faults.stream().noneMatch(f -> f.target().equals(VAULT))) {
        fault(VAULT, "is no container that the app can open: " + fault);
      }
      return vault;
    }

    private String snapshotGroup() {
      String group = text(SNAPSHOT_GROUP, null);
      if (group == null) {
        fault(
            SNAPSHOT_GROUP,
            "is missing: set it to the name of the resource group for snapshots,"
                + " which infra/subscription.bicep makes in each protected subscription");
      } else if (!GROUP.matcher(group).matches()) {
        fault(SNAPSHOT_GROUP, "is \"%s\", which is no name of a resource group".formatted(group));
      }
      return group;
    }

    private String zone() {
      String zone = text(ZONE, "UTC");
      Slots.faultOfZone(zone).ifPresent(why -> fault(ZONE, "is \"%s\": %s".formatted(zone, why)));
      return zone;
    }

    private boolean localAuth() {
      String auth = text(AUTH, "entra");
      if (!auth.equals("entra") && !auth.equals("local")) {
        fault(AUTH, "is \"%s\": it can be \"entra\" or \"local\"".formatted(auth));
      }
      if (auth.equals("local") && environment.containsKey(INSTANCE_ID)) {
        fault(
            AUTH,
            "is \"local\", which lets everyone in; in Azure it must be \"entra\" or be left out");
      }
      return auth.equals("local");
    }

    private String armEndpoint() {
      String endpoint = text(ARM_ENDPOINT, ARM_PUBLIC);
      URI uri = uri(ARM_ENDPOINT, endpoint);
      if (uri != null && environment.containsKey(INSTANCE_ID) && !endpoint.equals(ARM_PUBLIC)) {
        fault(ARM_ENDPOINT, "is for local use only: leave it out in Azure");
      }
      return endpoint;
    }

    private List<String> subscriptions() {
      List<String> ids =
          Arrays.stream(text(SUBSCRIPTIONS, "").split(",", -1))
              .map(String::trim)
              .filter(id -> !id.isEmpty())
              .toList();
      for (String id : ids) {
        if (!ArmId.isSubscription(id)) {
          fault(SUBSCRIPTIONS, "holds \"%s\", which is no subscription id (a GUID)".formatted(id));
        }
      }
      return ids;
    }

    private int softDeleteDays() {
      String days = text(SOFT_DELETE, "14");
      if (!DAYS.matcher(days).matches() || Integer.parseInt(days) > SOFT_DELETE_DAYS_MAX) {
        fault(
            SOFT_DELETE,
            "is \"%s\", but must be a number of days from 1 to %d"
                .formatted(days, SOFT_DELETE_DAYS_MAX));
        return 1;
      }
      return Integer.parseInt(days);
    }

    private String extension(String name, String fallback) {
      String version = text(name, fallback);
      if (!HANDLER.matcher(version).matches()) {
        fault(name, "is \"%s\", but must be major.minor, such as %s".formatted(version, fallback));
      }
      return version;
    }

    /** Read here too, so that a key which cannot be used is told with the other faults. */
    private Path keyFile() {
      String name = text(KEY_FILE, null);
      if (name == null) {
        return null;
      }
      try {
        Path file = Path.of(name);
        KeyFile unused = KeyFile.read(file);
        return file;
      } catch (InvalidPathException e) {
        fault(KEY_FILE, "is \"%s\", which is no path of a file".formatted(name));
      } catch (Invalid e) {
        fault(KEY_FILE, "names a file that will not do: " + e.getMessage());
      }
      return null;
    }

    private URI uri(String name, String value) {
      try {
        URI uri = new URI(value);
        boolean https = "https".equals(uri.getScheme());
        boolean loopback = "http".equals(uri.getScheme()) && LOOPBACK.contains(uri.getHost());
        if (uri.getHost() == null || !(https || loopback)) {
          fault(name, "is no https URL (http is taken on a loopback address only)");
          return null;
        }
        return uri;
      } catch (URISyntaxException e) {
        // The value may hold a SAS: it is not repeated.
        fault(name, "is no URL");
        return null;
      }
    }

    private String text(String name, String fallback) {
      String value = environment.get(name);
      return value == null || value.isBlank() ? fallback : value.trim();
    }

    private void fault(String name, String message) {
      faults.add(new Fault("InvalidSetting", name, message));
    }
  }
}
