package io.holdfast.vault;

import java.util.Optional;

/**
 * A place between two lines of the ledger, and what the line behind it must be like.
 *
 * @param file where the next line belongs, unless {@code next} is there
 * @param length of what stands before it in that file, in bytes
 * @param digest of the line before it; {@link Digest#ZERO} before the first of all
 * @param blocks that were appended to the file; {@link #UNKNOWN} behind a damaged line
 * @param next the file that goes on; empty as long as this one does
 */
record LedgerEnd(
    LedgerFile file, long length, Digest digest, int blocks, Optional<LedgerFile> next) {
  static final int UNKNOWN = -1;

  /** Before the first line of a file. */
  static LedgerEnd before(LedgerFile file, Digest previous) {
    return new LedgerEnd(file, 0, previous, 0, Optional.empty());
  }

  /** Behind a line, whatever stands before it. */
  static LedgerEnd behind(LedgerFile file, long length, LedgerLine line, byte[] json) {
    return new LedgerEnd(file, length, LedgerLine.digest(json), line.block(), line.nextFile());
  }

  /** Why the line cannot stand here, to be read behind its place; empty when it can. */
  Optional<String> fault(LedgerLine line) {
    if (next.isPresent()) {
      return Optional.of("stands behind the line that ends its file");
    }
    if (!line.previous().equals(digest.hex())) {
      return Optional.of(
          "does not follow the line before it: one of the two was changed, or lines between them"
              + " are gone");
    }
    boolean first = blocks == 0 && line.block() == 1;
    boolean later = blocks > 0 && (line.block() == blocks || line.block() == blocks + 1);
    return blocks == UNKNOWN || first || later
        ? Optional.empty()
        : Optional.of("has block %d behind block %d".formatted(line.block(), blocks));
  }

  LedgerEnd after(LedgerLine line, byte[] json) {
    return behind(file, length + json.length + 1, line, json);
  }

  /** Behind a line that cannot be read. */
  LedgerEnd afterDamaged(byte[] json) {
    return new LedgerEnd(
        file, length + json.length + 1, LedgerLine.digest(json), UNKNOWN, Optional.empty());
  }

  /** Where the next line belongs, when this file was ended. */
  LedgerEnd opened() {
    return next.map(file -> before(file, digest)).orElse(this);
  }
}
