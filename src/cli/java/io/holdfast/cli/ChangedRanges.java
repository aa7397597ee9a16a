package io.holdfast.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.holdfast.failure.Invalid;
import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;

/**
 * The file of {@code --ranges}: {@code [[offset,length],...]}, in order. Read as a stream into one
 * bit a chunk, so that ten million ranges need no more memory than ten.
 */
final class ChangedRanges {
  private final Path file;
  private final long sizeBytes;
  private final int chunkBytes;
  private final BitSet chunks = new BitSet();
  private long reached;
  private long number;

  private ChangedRanges(Path file, long sizeBytes, int chunkBytes) {
    this.file = file;
    this.sizeBytes = sizeBytes;
    this.chunkBytes = chunkBytes;
  }

  /**
   * The chunks that the file names.
   *
   * @param sizeBytes of the disk: no range reaches past it
   * @throws Invalid {@code RangesInvalid} naming the first range that breaks a rule
   */
  static BitSet chunks(Path file, long sizeBytes, int chunkBytes) throws IOException {
    ChangedRanges ranges = new ChangedRanges(file, sizeBytes, chunkBytes);
    try (JsonParser json = new JsonFactory().createParser(file.toFile())) {
      ranges.read(json);
    } catch (JsonProcessingException e) {
      throw ranges.invalid("it is no JSON: " + e.getOriginalMessage());
    }
    return ranges.chunks;
  }

  private void read(JsonParser json) throws IOException {
    if (json.nextToken() != JsonToken.START_ARRAY) {
      throw invalid("it is no array");
    }
    while (json.nextToken() == JsonToken.START_ARRAY) {
      long offset = number(json);
      long length = number(json);
      if (json.nextToken() != JsonToken.END_ARRAY) {
        throw invalid("range %d is not [offset,length]".formatted(number));
      }
      add(offset, length);
      number++;
    }
    if (json.currentToken() != JsonToken.END_ARRAY || json.nextToken() != null) {
      throw invalid("something else than a range follows range %d".formatted(number - 1));
    }
  }

  private long number(JsonParser json) throws IOException {
    if (json.nextToken() != JsonToken.VALUE_NUMBER_INT) {
      throw invalid("range %d is not [offset,length]".formatted(number));
    }
    return json.getLongValue();
  }

  private void add(long offset, long length) {
    if (length < 1 || offset < reached || offset > sizeBytes - length) {
      throw invalid(
          "range %d, [%d,%d], is empty, not behind the one before it, or not inside the disk of %d"
                  .formatted(number, offset, length, sizeBytes)
              + " bytes");
    }
    reached = offset + length;
    chunks.set((int) (offset / chunkBytes), (int) ((reached - 1) / chunkBytes) + 1);
  }

  private Invalid invalid(String why) {
    return new Invalid("RangesInvalid", "--ranges %s: %s".formatted(file, why));
  }
}
