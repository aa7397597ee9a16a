package io.holdfast.cli;

import io.holdfast.failure.Invalid;
import io.holdfast.failure.Unavailable;
import io.holdfast.vault.BlobStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A folder that holds a file per blob: a vault that was copied away from Azure, or made here. The
 * clock of this computer stands for the service's, a file's modification time for a blob's.
 *
 * <p>A blob appears whole or not at all: it is written to a hidden file first, flushed to the disk,
 * and then linked under its name, which fails if the name is taken. What changes an existing blob
 * holds a lock that other processes on this computer respect. Hidden files (a leading dot) are
 * never listed.
 */
public final class FolderBlobs implements BlobStore {
  private static final String LOCK = ".lock";
  static final String TEMPORARY = ".tmp";

  /**
   * Never a file that is there: what a killed run left may be one more name of a stored object, and
   * writing into it would change that.
   */
  private static final Set<StandardOpenOption> TO_WRITE =
      Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);

  private final Path root;
  private final InstantSource clock;
  private final int pageBlobsMax;
  private final ReentrantLock lock = new ReentrantLock();
  private final AtomicLong temporaries = new AtomicLong();

  /** Of this run's files among the temporary ones: a process id comes again. */
  private final String run = UUID.randomUUID().toString();

  private final AtomicReference<Instant> latest = new AtomicReference<>(Instant.EPOCH);

  /**
   * @param root an existing folder
   * @throws Invalid {@code VaultNotFound} if there is no such folder
   */
  public FolderBlobs(Path root, InstantSource clock) {
    this(root, clock, PAGE_BLOBS_MAX);
  }

  /** A folder whose listings have shorter pages. */
  FolderBlobs(Path root, InstantSource clock, int pageBlobsMax) {
    if (!Files.isDirectory(root)) {
      throw new Invalid("VaultNotFound", "there is no folder %s".formatted(root));
    }
    this.root = root;
    this.clock = clock;
    this.pageBlobsMax = pageBlobsMax;
  }

  /** A change of files; runs under the lock where it must not meet another one. */
  private interface Change<T> {
    T make() throws IOException;
  }

  @Override
  public PutResult putIfAbsent(String name, ByteBuffer bytes) {
    return act(
        "create",
        name,
        () -> {
          Path target = path(name);
          if (Files.exists(target)) {
            return new PutResult(false, now());
          }
          Path temporary = writeTemporary(bytes);
          try {
            return new PutResult(name(temporary, target), now());
          } finally {
            Files.deleteIfExists(temporary);
          }
        });
  }

  /** As {@link #linkOrMove}; most folders are there already, so that asking first is a waste. */
  private boolean name(Path temporary, Path target) throws IOException {
    try {
      return linkOrMove(temporary, target);
    } catch (NoSuchFileException e) {
      Path unused = Files.createDirectories(target.getParent());
      return linkOrMove(temporary, target);
    }
  }

  /** Gives the file its name unless that is taken. */
  private boolean linkOrMove(Path temporary, Path target) throws IOException {
    try {
      Path unused = Files.createLink(target, temporary);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (NoSuchFileException e) {
      throw e;
    } catch (UnsupportedOperationException | FileSystemException e) {
      // exFAT and some network shares have no hard links: then only the lock keeps writers apart.
      return locked(
          () -> {
            if (Files.exists(target)) {
              return false;
            }
            Path unused = Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            return true;
          });
    }
  }

  @Override
  public void put(String name, byte[] bytes) {
    boolean unused = act("write", name, () -> locked(() -> replace(path(name), bytes)));
  }

  @Override
  public boolean putIfMatch(String name, byte[] bytes, String etag) {
    return act(
        "replace",
        name,
        () ->
            locked(
                () -> {
                  Path target = path(name);
                  return Files.exists(target)
                      && etag(attributes(target)).equals(etag)
                      && replace(target, bytes);
                }));
  }

  private boolean replace(Path target, byte[] bytes) throws IOException {
    Path temporary = writeTemporary(ByteBuffer.wrap(bytes));
    try {
      Files.createDirectories(target.getParent());
      Path unused =
          Files.move(
              temporary,
              target,
              StandardCopyOption.ATOMIC_MOVE,
              StandardCopyOption.REPLACE_EXISTING);
      return true;
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  @Override
  public Optional<Blob> get(String name) {
    return act(
        "read",
        name,
        () -> {
          Path target = path(name);
          try {
            // The same file before and after: else it was replaced, and bytes and ETag may differ.
            for (; ; ) {
              String before = etag(attributes(target));
              byte[] bytes = Files.readAllBytes(target);
              if (etag(attributes(target)).equals(before)) {
                return Optional.of(new Blob(bytes, before));
              }
            }
          } catch (NoSuchFileException e) {
            return Optional.empty();
          }
        });
  }

  @Override
  public long read(String name, ByteBuffer into) {
    return act(
        "read",
        name,
        () -> {
          try (FileChannel channel = FileChannel.open(path(name), StandardOpenOption.READ)) {
            // An open file stays the one that it was, also when its name is given to another.
            while (into.hasRemaining()) {
              if (channel.read(into) < 0) {
                break;
              }
            }
            return channel.size();
          } catch (NoSuchFileException e) {
            return ABSENT;
          }
        });
  }

  @Override
  public long readFrom(String name, long offset, ByteBuffer into) {
    return act(
        "read",
        name,
        () -> {
          try (FileChannel channel = FileChannel.open(path(name), StandardOpenOption.READ)) {
            int room = into.remaining();
            boolean more = true;
            while (into.hasRemaining() && more) {
              more = channel.read(into, offset + room - into.remaining()) >= 0;
            }
            return (long) room - into.remaining();
          } catch (NoSuchFileException e) {
            return ABSENT;
          }
        });
  }

  /**
   * Writes the file anew with the block at its end: in place, a power cut could leave a part of the
   * block. What is appended to is a few megabytes at most.
   */
  @Override
  public boolean append(String name, byte[] bytes, long expectedLength) {
    return act(
        "append to",
        name,
        () ->
            locked(
                () -> {
                  Path target = path(name);
                  byte[] there = Files.exists(target) ? Files.readAllBytes(target) : new byte[0];
                  if (there.length != expectedLength) {
                    return false;
                  }
                  byte[] longer = Arrays.copyOf(there, there.length + bytes.length);
                  System.arraycopy(bytes, 0, longer, there.length, bytes.length);
                  return replace(target, longer);
                }));
  }

  @Override
  public boolean exists(String name) {
    return Files.isRegularFile(path(name));
  }

  @Override
  public Touch touch(String name, Instant unmodifiedSince) {
    return act(
        "touch",
        name,
        () ->
            locked(
                () -> {
                  Path target = path(name);
                  if (!Files.exists(target)) {
                    return Touch.ABSENT;
                  }
                  Instant modified = attributes(target).lastModifiedTime().toInstant();
                  boolean always = unmodifiedSince.equals(WHATEVER_ITS_AGE);
                  if (!always
                      && modified
                          .truncatedTo(ChronoUnit.SECONDS)
                          .isAfter(unmodifiedSince.truncatedTo(ChronoUnit.SECONDS))) {
                    return Touch.YOUNG;
                  }
                  stamp(target);
                  return Touch.TOUCHED;
                }));
  }

  @Override
  public Page list(String prefix, Optional<String> next) {
    return act(
        "list",
        prefix + "*",
        () -> {
          List<String> names =
              new FolderListing(root, prefix, next.orElse(""), pageBlobsMax + 1).names();
          boolean more = names.size() > pageBlobsMax;
          List<String> page = more ? names.subList(0, pageBlobsMax) : names;
          List<Listed> blobs = new ArrayList<>();
          for (String name : page) {
            listed(name).ifPresent(blobs::add);
          }
          return new Page(blobs, more ? Optional.of(page.get(page.size() - 1)) : Optional.empty());
        });
  }

  /** Empty when the file went away since its name was read. */
  private Optional<Listed> listed(String name) throws IOException {
    try {
      BasicFileAttributes attributes = attributes(path(name));
      return Optional.of(
          new Listed(
              name,
              attributes.size(),
              etag(attributes),
              attributes.lastModifiedTime().toInstant().truncatedTo(ChronoUnit.SECONDS)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** The file of a blob, which cannot lie outside of the folder. */
  private Path path(String name) {
    if (name.isEmpty()
        || FolderListing.isHidden(name)
        || name.startsWith("/")
        || name.contains("\\")) {
      throw new IllegalArgumentException("not a blob's name: " + name);
    }
    return root.resolve(name);
  }

  private Path writeTemporary(ByteBuffer bytes) throws IOException {
    Path folder = root.resolve(TEMPORARY);
    Path file = folder.resolve(run + "-" + temporaries.incrementAndGet());
    try (FileChannel channel = openToWrite(file)) {
      ByteBuffer content = bytes.duplicate();
      while (content.hasRemaining()) {
        int unused = channel.write(content);
      }
      // A power cut must not leave a name that stands for less than its bytes.
      channel.force(true);
    }
    stamp(file);
    return file;
  }

  private static FileChannel openToWrite(Path file) throws IOException {
    try {
      return FileChannel.open(file, TO_WRITE);
    } catch (NoSuchFileException e) {
      Path unused = Files.createDirectories(file.getParent());
      return FileChannel.open(file, TO_WRITE);
    }
  }

  private void stamp(Path file) throws IOException {
    Path unused = Files.setLastModifiedTime(file, FileTime.from(now()));
  }

  /** Never the same instant twice, so that every write makes another ETag. */
  private Instant now() {
    return latest.updateAndGet(
        before -> {
          Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
          return now.isAfter(before) ? now : before.plus(1, ChronoUnit.MICROS);
        });
  }

  private static BasicFileAttributes attributes(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class);
  }

  private static String etag(BasicFileAttributes attributes) {
    return "\"%s-%s-%s\""
        .formatted(
            attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS),
            attributes.size(),
            attributes.fileKey());
  }

  private <T> T locked(Change<T> change) throws IOException {
    lock.lock();
    try (FileChannel channel =
            FileChannel.open(
                root.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock unused = channel.lock()) {
      return change.make();
    } finally {
      lock.unlock();
    }
  }

  private <T> T act(String action, String name, Change<T> change) {
    try {
      return change.make();
    } catch (AccessDeniedException e) {
      throw new Invalid(
          "AccessDenied",
          "cannot %s %s in folder %s: no permission for %s"
              .formatted(action, name, root, e.getFile()),
          e);
    } catch (IOException e) {
      throw new Unavailable(
          "cannot %s %s in folder %s: %s".formatted(action, name, root, e.getMessage()), e);
    }
  }
}
