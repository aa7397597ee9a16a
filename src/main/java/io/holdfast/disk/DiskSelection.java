package io.holdfast.disk;

import io.holdfast.disk.Vm.VmDisk;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Which of a VM's disks are backed up: those that an include matches (all, where there is none) and
 * no exclude does.
 */
public record DiskSelection(List<DiskMatch> include, List<DiskMatch> exclude) {
  /** Every disk. */
  public static final DiskSelection ALL = new DiskSelection(List.of(), List.of());

  /**
   * Names disks; all that is given must hold.
   *
   * @param disk {@code os} or {@code lunN}; null: any
   * @param name resource name, in which {@code *} stands for any text; null: any
   * @param tags tags that the disk must carry; empty: any
   */
  public record DiskMatch(String disk, String name, Map<String, String> tags) {
    public DiskMatch {
      tags = tags == null ? Map.of() : Map.copyOf(tags);
    }

    boolean matches(VmDisk candidate) {
      return (disk == null || disk.equals(candidate.key()))
          && (name == null || pattern(name).matcher(candidate.name()).matches())
          && candidate.facts().tags().entrySet().containsAll(tags.entrySet());
    }

    /** ARM compares names without regard to case. */
    private static Pattern pattern(String name) {
      StringBuilder pattern = new StringBuilder();
      for (String part : name.split("\\*", -1)) {
        pattern.append(pattern.isEmpty() ? "" : ".*").append(Pattern.quote(part));
      }
      return Pattern.compile(pattern.toString(), Pattern.CASE_INSENSITIVE);
    }

    @Override
    public String toString() {
      StringBuilder text = new StringBuilder();
      text.append(disk == null ? "" : " disk " + disk);
      text.append(name == null ? "" : " name " + name);
      text.append(tags.isEmpty() ? "" : " tags " + tags);
      return text.toString().strip();
    }
  }

  public DiskSelection {
    include = include == null ? List.of() : List.copyOf(include);
    exclude = exclude == null ? List.of() : List.copyOf(exclude);
  }

  /** Whether a disk is backed up. */
  public boolean takes(VmDisk disk) {
    return (include.isEmpty() || include.stream().anyMatch(each -> each.matches(disk)))
        && exclude.stream().noneMatch(each -> each.matches(disk));
  }

  /** The filters that match none of these disks, so that a slip of the pen is seen. */
  public List<DiskMatch> unmatched(List<VmDisk> disks) {
    return java.util.stream.Stream.concat(include.stream(), exclude.stream())
        .filter(each -> disks.stream().noneMatch(each::matches))
        .toList();
  }
}
