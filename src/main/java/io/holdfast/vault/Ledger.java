package io.holdfast.vault;

import io.holdfast.failure.Corrupt;
import io.holdfast.failure.Invalid;
import io.holdfast.failure.Unavailable;
import java.io.ByteArrayOutputStream;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * The vault's ledger: lines that are only ever appended, each with the digest of the one before it.
 * Any number of processes append at once: the store's position condition lets one win, and the
 * others link anew. Safe for several threads, which take turns.
 *
 * <p>A file ends with a line that names the next one. It too is appended on the position condition,
 * so that all agree on the next file, and nobody who still knows the old end can append behind it.
 */
public final class Ledger {
  /** An append blob holds 50,000 blocks; what is left is a margin, not used. */
  static final int BLOCKS_MAX = 40_000;

  /** Of a block: a list of entries that takes more goes out as several. */
  private static final int BLOCK_BYTES_MAX = 512 * 1024;

  /** The client itself has repeated a call before its answer counts as lost. */
  private static final int LOST_ANSWERS_MAX = 3;

  /** Each lost race is another's line in the ledger: so many in a row mean that something loops. */
  private static final int LOST_RACES_MAX = 500;

  private static final int RECENT_MAX = 4_096;

  private final BlobStore blobs;
  private final LedgerFile first;
  private final LedgerReader reader;
  private final int blocksMax;
  private final ReentrantLock lock = new ReentrantLock();

  /** Ids of the entries that were seen last, oldest first. */
  private final Set<String> recent = Collections.newSetFromMap(new RecentIds());

  /** The end as it was last seen; null when it has to be looked for. */
  private LedgerEnd end;

  /** The ledger of the vault with this configuration. Nothing is asked of the store yet. */
  Ledger(BlobStore blobs, VaultConfig config) {
    this(blobs, config, BLOCKS_MAX);
  }

  /**
   * @param blocksMax after so many blocks a file is ended; at least 1
   */
  Ledger(BlobStore blobs, VaultConfig config, int blocksMax) {
    this.blobs = blobs;
    // All who find no ledger must begin with the same file, whatever their clocks say.
    this.first = new LedgerFile(config.createdAt().atOffset(ZoneOffset.UTC).toLocalDate(), 1);
    this.reader = new LedgerReader(blobs, first);
    this.blocksMax = blocksMax;
  }

  /**
   * The ledger of the vault that is there. It needs no keys: a ledger is never encrypted.
   *
   * @throws Invalid {@code VaultNotFound} or {@code VaultFormatUnsupported}
   */
  public static Ledger open(BlobStore blobs) {
    BlobStore.Blob config = blobs.get(VaultConfig.NAME).orElseThrow(Vault::notFound);
    return new Ledger(blobs, VaultConfig.decode(config.bytes()));
  }

  /**
   * A line as it was read.
   *
   * @param file full name of its file
   * @param line from 1
   * @param previous digest of the line before it, in hexadecimal
   */
  public record Recorded(String file, int line, LedgerEntry entry, String previous) {}

  private static final class RecentIds extends LinkedHashMap<String, Boolean> {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
      return size() > RECENT_MAX;
    }
  }

  /**
   * Appends entries in their order. When it returns they are there, once each, however often this
   * was called for them shortly before: an id among the newest 64 KiB of the ledger, or among the
   * newest 4,096 that this object has seen, is not written again.
   *
   * @throws Unavailable if they may or may not be there, some of them perhaps: call again
   * @throws Corrupt if the newest lines are damaged: nothing is appended behind such
   */
  public void append(List<LedgerEntry> entries) {
    Map<String, LedgerEntry> left = new LinkedHashMap<>();
    for (LedgerEntry entry : entries) {
      if (entry.event() == LedgerEvent.OTHER) {
        throw new IllegalArgumentException("an entry without an event that this build knows");
      }
      LedgerEntry unused = left.putIfAbsent(entry.id(), entry);
    }
    lock.lock();
    try {
      appendAll(left);
    } catch (Corrupt e) {
      // Once a human has mended it, the end is another one.
      end = null;
      throw e;
    } finally {
      lock.unlock();
    }
  }

  /**
   * @param left entries by id, of which those that are there are removed
   */
  private void appendAll(Map<String, LedgerEntry> left) {
    int lostAnswers = 0;
    int lostRaces = 0;
    for (; ; ) {
      if (end == null) {
        end = find();
      }
      left.keySet().removeIf(recent::contains);
      if (left.isEmpty()) {
        return;
      }
      end = end.opened();
      Block block = block(left.values());
      boolean answered = true;
      try {
        if (blobs.append(end.file().objectName(), block.bytes(), end.length())) {
          end = block.end();
          recent.addAll(block.ids());
          left.keySet().removeAll(block.ids());
          continue;
        }
        lostRaces++;
      } catch (Unavailable e) {
        answered = false;
        lostAnswers++;
        if (lostAnswers > LOST_ANSWERS_MAX) {
          throw e;
        }
      }
      if (lostRaces > LOST_RACES_MAX) {
        throw new Unavailable(
            "others appended to %s %d times first".formatted(end.file().objectName(), lostRaces));
      }
      // What stands at the place of the block is either the block, or it can never come there.
      if (!catchUp(left) && answered) {
        end = null; // The file is shorter than it was, or gone: it was changed by hand.
      }
    }
  }

  /** What is appended next, and the end behind it. */
  private record Block(byte[] bytes, LedgerEnd end, List<String> ids) {}

  private Block block(Collection<LedgerEntry> entries) {
    int number = end.blocks() + 1;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    List<String> ids = new ArrayList<>();
    LedgerEnd at = end;
    LocalDate day = end.file().day();
    for (LedgerEntry entry : entries) {
      LedgerLine line = LedgerLine.of(entry, number, at.digest());
      byte[] json = line.encode();
      if (bytes.size() + json.length > BLOCK_BYTES_MAX) {
        break;
      }
      bytes.writeBytes(json);
      at = at.after(line, withoutLineFeed(json));
      ids.add(entry.id());
      LocalDate entrysDay = entry.at().atOffset(ZoneOffset.UTC).toLocalDate();
      day = entrysDay.isAfter(day) ? entrysDay : day;
    }
    if (end.blocks() < blocksMax && day.equals(end.file().day())) {
      return new Block(bytes.toByteArray(), at, ids);
    }
    LedgerLine closing = LedgerLine.closing(end.file().next(day), number, end.digest());
    byte[] json = closing.encode();
    return new Block(json, end.after(closing, withoutLineFeed(json)), List.of());
  }

  private static byte[] withoutLineFeed(byte[] line) {
    return Arrays.copyOf(line, line.length - 1);
  }

  /**
   * Reads what stands behind the end that was known.
   *
   * @param left entries that are yet to be written; those that are found are removed
   * @return whether there was anything
   */
  private boolean catchUp(Map<String, LedgerEntry> left) {
    LedgerLines lines = new LedgerLines(blobs, end.file().objectName(), end.length());
    boolean any = false;
    for (; ; ) {
      String place = "%s at byte %d".formatted(end.file().objectName(), end.length());
      Optional<LedgerLines.Raw> raw = lines.next();
      if (raw.isEmpty()) {
        return any;
      }
      LedgerLine line = LedgerReader.sound(place, raw.get());
      end = LedgerReader.follow(place, end, line, raw.get());
      any = true;
      if (line.nextFile().isEmpty()) {
        boolean unused = recent.add(line.id());
        LedgerEntry written = left.remove(line.id());
      }
    }
  }

  /** Looks for the end, and for the ids of the newest entries. */
  private LedgerEnd find() {
    List<LedgerReader.Sized> files = reader.files(name -> {});
    if (files.isEmpty()) {
      return LedgerEnd.before(first, Digest.ZERO);
    }
    LedgerReader.Sized newest = files.get(files.size() - 1);
    Optional<LedgerReader.Tail> before = Optional.empty();
    if (newest.sizeBytes() < LedgerReader.WINDOW_BYTES && files.size() > 1) {
      before = Optional.of(reader.tail(files.get(files.size() - 2)));
      recent.addAll(before.get().ids());
    }
    if (newest.sizeBytes() > 0) {
      LedgerReader.Tail tail = reader.tail(newest);
      recent.addAll(tail.ids());
      return tail.end();
    }
    // Whoever made the file has not come to its first line.
    LedgerEnd start =
        before.map(tail -> tail.end().opened()).orElse(LedgerEnd.before(first, Digest.ZERO));
    if (!start.file().equals(newest.file())) {
      throw new Corrupt(
          "%s is empty, and no file before it names it as the next: it is foreign"
              .formatted(newest.file().objectName()));
    }
    return start;
  }

  /**
   * Reads the entries of the files of that day and of later ones, oldest first, as they come:
   * nothing is kept. Those of the first files may be older than the day when a clock was.
   *
   * @throws Corrupt naming the file and the line that is damaged, torn, or does not follow the one
   *     before it, or a blob in the folder that is none of the ledger's; what came before it was
   *     handed on
   */
  public void read(LocalDate from, Consumer<Recorded> entries) {
    reader.read(
        from,
        entries,
        fault -> {
          throw new Corrupt(fault);
        });
  }

  /**
   * As {@link #read}, but tells what is wrong and goes on. What cannot be seen: that lines are gone
   * from the very end.
   *
   * @param faults told a sentence for each, which names the file and, where it is one, the line
   */
  public void check(LocalDate from, Consumer<Recorded> entries, Consumer<String> faults) {
    reader.read(from, entries, faults);
  }
}
