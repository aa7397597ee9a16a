package io.holdfast.vault;

import io.holdfast.failure.Corrupt;
import io.holdfast.vault.Ledger.Recorded;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Reads the files of a ledger in their order and proves that each line follows the one before. */
final class LedgerReader {
  /** What is read of a file's end: some hundred lines, and many times the longest. */
  static final int WINDOW_BYTES = 64 * 1024;

  private final BlobStore blobs;
  private final LedgerFile first;

  LedgerReader(BlobStore blobs, LedgerFile first) {
    this.blobs = blobs;
    this.first = first;
  }

  /**
   * A file as a listing shows it.
   *
   * @param sizeBytes when it was listed: it may have grown since
   */
  record Sized(LedgerFile file, long sizeBytes) {}

  /**
   * All files in their order.
   *
   * @param foreign told the names in the folder that are none of the ledger's
   */
  List<Sized> files(Consumer<String> foreign) {
    List<Sized> files = new ArrayList<>();
    Optional<String> next = Optional.empty();
    do {
      BlobStore.Page page = blobs.list(LedgerFile.FOLDER, next);
      for (BlobStore.Listed blob : page.blobs()) {
        LedgerFile.parse(blob.name())
            .ifPresentOrElse(
                file -> files.add(new Sized(file, blob.sizeBytes())),
                () -> foreign.accept(blob.name()));
      }
      next = page.next();
    } while (next.isPresent());
    return files;
  }

  /** Where a file ends, and the ids of the entries in its last lines. */
  record Tail(LedgerEnd end, List<String> ids) {}

  /**
   * Reads the end of a file; the first line that is looked at is taken on trust.
   *
   * @param file of at least one byte
   * @throws Corrupt if a line there is damaged, or does not follow the one before it
   */
  Tail tail(Sized file) {
    String name = file.file().objectName();
    long from = Math.max(0, file.sizeBytes() - WINDOW_BYTES);
    LedgerLines lines = new LedgerLines(blobs, name, from);
    if (from > 0) {
      Optional<LedgerLines.Raw> unused = lines.next(); // Most likely a part of a line.
    }
    LedgerEnd end = null;
    List<String> ids = new ArrayList<>();
    for (; ; ) {
      String place = "%s at byte %d".formatted(name, lines.offset());
      Optional<LedgerLines.Raw> raw = lines.next();
      if (raw.isEmpty()) {
        break;
      }
      LedgerLine line = sound(place, raw.get());
      if (end == null) {
        end = LedgerEnd.behind(file.file(), lines.offset(), line, raw.get().json());
      } else {
        end = follow(place, end, line, raw.get());
      }
      if (line.nextFile().isEmpty()) {
        ids.add(line.id());
      }
    }
    if (end == null) {
      throw new Corrupt("%s is damaged: it has no whole line at its end".formatted(name));
    }
    return new Tail(end, ids);
  }

  /**
   * @throws Corrupt if it is torn, or no line of the ledger
   */
  static LedgerLine sound(String place, LedgerLines.Raw raw) {
    if (raw.fault() != null) {
      throw new Corrupt(place + " " + raw.fault());
    }
    return LedgerLine.decode(place, raw.json());
  }

  /**
   * @throws Corrupt if the line cannot stand there
   */
  static LedgerEnd follow(String place, LedgerEnd end, LedgerLine line, LedgerLines.Raw raw) {
    Optional<String> fault = end.fault(line);
    if (fault.isPresent()) {
      throw new Corrupt(place + " " + fault.get());
    }
    return end.after(line, raw.json());
  }

  /** Reads the files of that day and of later ones, and goes on behind what is damaged. */
  void read(LocalDate from, Consumer<Recorded> lines, Consumer<String> faults) {
    List<Sized> files =
        files(name -> faults.accept(name + " is no file of the ledger: nothing of it is read"));
    int begin = 0;
    while (begin < files.size() && files.get(begin).file().day().isBefore(from)) {
      begin++;
    }
    if (begin == files.size()) {
      return;
    }
    LedgerEnd end = begin == 0 ? null : endOf(files.get(begin - 1), faults);
    for (int i = begin; i < files.size(); i++) {
      LedgerFile file = files.get(i).file();
      if (i == 0) {
        if (!file.equals(first)) {
          faults.accept(
              "%s is the first file of the ledger, but it began with %s, which is missing"
                  .formatted(file.objectName(), first.objectName()));
        }
        end = LedgerEnd.before(file, Digest.ZERO);
      } else {
        succession(end, file).ifPresent(faults);
        end = LedgerEnd.before(file, end.digest());
      }
      end = readFile(end, lines, faults);
    }
  }

  private LedgerEnd endOf(Sized file, Consumer<String> faults) {
    try {
      if (file.sizeBytes() > 0) {
        return tail(file).end();
      }
    } catch (Corrupt e) {
      faults.accept(e.getMessage());
    }
    return LedgerEnd.before(file.file(), Digest.ZERO);
  }

  private static Optional<String> succession(LedgerEnd end, LedgerFile file) {
    String name = end.file().objectName();
    if (end.next().isEmpty()) {
      return Optional.of(
          "%s has no last line that names the next file, but %s comes behind it"
              .formatted(name, file.objectName()));
    }
    return end.next().get().equals(file)
        ? Optional.empty()
        : Optional.of(
            ("%s names %s as the next file, but %s comes behind it: one is missing, or the other"
                    + " is foreign")
                .formatted(name, end.next().get().objectName(), file.objectName()));
  }

  private LedgerEnd readFile(LedgerEnd start, Consumer<Recorded> lines, Consumer<String> faults) {
    String name = start.file().objectName();
    LedgerLines raws = new LedgerLines(blobs, name, 0);
    LedgerEnd end = start;
    int number = 0;
    for (Optional<LedgerLines.Raw> raw = raws.next(); raw.isPresent(); raw = raws.next()) {
      number++;
      String place = "%s line %d".formatted(name, number);
      LedgerLine line;
      try {
        line = sound(place, raw.get());
      } catch (Corrupt e) {
        faults.accept(e.getMessage());
        end = end.afterDamaged(raw.get().json());
        continue;
      }
      end.fault(line).map(fault -> place + " " + fault).ifPresent(faults);
      end = end.after(line, raw.get().json());
      if (line.nextFile().isEmpty()) {
        lines.accept(new Recorded(name, number, line.entry(), line.previous()));
      }
    }
    return end;
  }
}
