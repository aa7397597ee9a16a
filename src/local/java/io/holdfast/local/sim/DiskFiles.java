package io.holdfast.local.sim;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** The files below the data folder: live disks by name, copies of snapshots by a random id. */
final class DiskFiles {
  /** The suffix of a copy that is not whole yet. */
  static final String PART = ".part";

  /** Bytes of a guest-state blob. */
  static final long GUEST_STATE_BYTES = 4L << 20;

  private final Path disks;
  private final Path copies;
  private final Map<String, Extents> extents = new ConcurrentHashMap<>();

  DiskFiles(Path data) throws IOException {
    disks = Files.createDirectories(data.resolve("disks"));
    copies = Files.createDirectories(data.resolve("snapshots"));
  }

  /** Deletes what a crash left: parts of copies, and copies that nothing refers to. */
  void deleteAllBut(Set<String> copyIds) throws IOException {
    for (Path folder : List.of(disks, copies)) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          String name = file.getFileName().toString();
          String stem = name.contains(".") ? name.substring(0, name.indexOf('.')) : name;
          if (name.endsWith(PART) || (folder.equals(copies) && !copyIds.contains(stem))) {
            Files.delete(file);
          }
        }
      }
    }
  }

  Path disk(String name) {
    return disks.resolve(name + ".raw");
  }

  /** The live disk; {@code size} comes from the disk's resource. */
  Image live(String name, long size) {
    return new Image(disk(name), size, null);
  }

  /** Makes the raw file, or keeps one of that size that is there already. */
  void createDisk(String name, long size) {
    Path file = disk(name);
    try {
      if (!Files.exists(file)) {
        SparseFile.create(file, size);
      } else if (Files.size(file) != size) {
        throw new Refusal(
            409,
            "Conflict",
            ("The file disks/%s.raw exists with %d bytes, the disk is to have %d: move the file away"
                    + " or ask for its size.")
                .formatted(name, Files.size(file), size));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + file, e);
    }
  }

  void createDiskFrom(String name, Image image, long size) {
    if (Files.exists(disk(name))) {
      throw new Refusal(
          409, "Conflict", "The file disks/%s.raw exists: move it away.".formatted(name));
    }
    image.copyTo(disk(name));
    resizeDisk(name, size);
  }

  void resizeDisk(String name, long size) {
    try {
      SparseFile.resize(disk(name), size);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot resize disk " + name, e);
    }
  }

  /** Makes the guest-state blob of a disk: pseudo-random by the disk's name, or zeros. */
  void createGuestState(String name, boolean filled) {
    byte[] bytes = new byte[(int) GUEST_STATE_BYTES];
    if (filled) {
      new Random(name.toLowerCase(Locale.ROOT).hashCode()).nextBytes(bytes);
    }
    try {
      if (!Files.exists(guestState(name))) {
        Files.write(guestState(name), bytes);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make the guest state of " + name, e);
    }
  }

  void copyGuestState(Path from, String name) {
    try {
      Files.copy(from, guestState(name), StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot copy the guest state to " + name, e);
    }
  }

  Path guestState(String name) {
    return disks.resolve(name + ".vmgs");
  }

  Path guestStateCopy(String copyId) {
    return copies.resolve(copyId + ".vmgs");
  }

  void deleteDisk(String name) {
    delete(guestState(name));
    delete(disk(name));
  }

  /**
   * Keeps a copy of {@code image} under {@code copyId}; its data is there when this returns.
   *
   * @param guestState the blob that is copied with it, or null
   */
  void keepCopy(String copyId, Image image, Path guestState) {
    try {
      if (guestState != null) {
        Files.copy(guestState, guestStateCopy(copyId));
      }
      Extents copied = image.copyTo(copies.resolve(copyId + ".raw"));
      copied.save(copies.resolve(copyId + ".extents"));
      extents.put(copyId, copied);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot keep the copy " + copyId, e);
    }
  }

  Image copy(String copyId, long size) {
    return new Image(
        copies.resolve(copyId + ".raw"),
        size,
        extents.computeIfAbsent(
            copyId,
            id -> {
              try {
                return Extents.load(copies.resolve(id + ".extents"));
              } catch (IOException e) {
                throw new UncheckedIOException("cannot read the extents of copy " + id, e);
              }
            }));
  }

  void deleteCopy(String copyId) {
    delete(guestStateCopy(copyId));
    delete(copies.resolve(copyId + ".raw"));
    delete(copies.resolve(copyId + ".extents"));
    extents.remove(copyId);
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + file, e);
    }
  }
}
