package io.holdfast.vault;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.holdfast.failure.Corrupt;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/**
 * One line of the ledger without its line feed: an entry, or the last line of a file, which names
 * the next one.
 *
 * @param next full name of the next file; null in an entry's line
 * @param block which block of its file the line came with, from 1
 * @param previous SHA-256 of the line before it without its line feed, also across files, in
 *     hexadecimal; zeros in the first line of all
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record LedgerLine(
    String id,
    Instant at,
    String event,
    String itemId,
    String pointId,
    String policy,
    String who,
    String why,
    Instant until,
    String next,
    int block,
    String previous) {
  /** Most bytes of a line: more than the longest entry takes, each character escaped. */
  static final int BYTES_MAX = 16 * 1024;

  LedgerLine {
    if (next != null) {
      if (LedgerFile.parse(next).isEmpty()) {
        throw new IllegalArgumentException("next '" + next + "' is no file of the ledger");
      }
    } else {
      VaultNames.require("event", event);
      LedgerEntry unused =
          new LedgerEntry(
              id, at, LedgerEvent.ofLabel(event), itemId, pointId, policy, who, why, until);
    }
    if (block < 1) {
      throw new IllegalArgumentException("block " + block + " is not 1 or more");
    }
    Digest unused = Digest.ofHex(VaultNames.require("previous", previous));
  }

  static LedgerLine of(LedgerEntry entry, int block, Digest previous) {
    return new LedgerLine(
        entry.id(),
        entry.at(),
        entry.event().label(),
        entry.itemId(),
        entry.pointId(),
        entry.policy(),
        entry.who(),
        entry.why(),
        entry.until(),
        null,
        block,
        previous.hex());
  }

  /** The last line of a file. */
  static LedgerLine closing(LedgerFile next, int block, Digest previous) {
    return new LedgerLine(
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        next.objectName(),
        block,
        previous.hex());
  }

  /** The file that goes on behind this line; empty in an entry's line. */
  Optional<LedgerFile> nextFile() {
    return Optional.ofNullable(next).flatMap(LedgerFile::parse);
  }

  /** What an entry's line tells. */
  LedgerEntry entry() {
    return new LedgerEntry(
        id, at, LedgerEvent.ofLabel(event), itemId, pointId, policy, who, why, until);
  }

  /** With its line feed. */
  byte[] encode() {
    byte[] json = VaultJson.write(this);
    byte[] line = Arrays.copyOf(json, json.length + 1);
    line[json.length] = '\n';
    return line;
  }

  /**
   * @param place the file and the line, as messages name it
   * @param json without its line feed
   * @throws Corrupt if it is damaged
   */
  static LedgerLine decode(String place, byte[] json) {
    return VaultJson.read(place, json, LedgerLine.class);
  }

  /** What the next line gives as {@code previous}. */
  static Digest digest(byte[] json) {
    return Digester.sha256().digest(json);
  }
}
