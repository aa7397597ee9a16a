package io.holdfast.vault;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * PORT: a container of named blobs, as dumb as Blob Storage itself. Every method may be called
 * again after its answer was lost. Failures are {@link io.holdfast.failure.Unavailable} (try later,
 * it may have happened) and {@link io.holdfast.failure.Invalid} (no such container, no access).
 * Implementations take part in a contract test and are safe for use by several threads.
 */
public interface BlobStore {
  /** Most blobs that one page of {@link #list} holds, as in Blob Storage. */
  int PAGE_BLOBS_MAX = 5_000;

  /** Most bytes of one {@link #append}; services of before 2022-11-02 take no more. */
  int APPEND_BYTES_MAX = 4 * 1024 * 1024;

  /** For {@link #read} and {@link #readFrom}: there is no such blob. */
  long ABSENT = -1;

  /** For {@link #touch}: renew the blob however young it is. */
  Instant WHATEVER_ITS_AGE = Instant.MAX;

  /**
   * A blob that was read whole.
   *
   * @param bytes its content
   * @param etag changes with every write, metadata writes included
   */
  record Blob(byte[] bytes, String etag) {}

  /**
   * A blob as a listing shows it.
   *
   * @param name full name in the container
   * @param sizeBytes length of its content
   * @param etag as in {@link Blob}
   * @param modified the service's time of its last write, metadata writes included
   */
  record Listed(String name, long sizeBytes, String etag, Instant modified) {}

  /**
   * One page of a listing, in order of name.
   *
   * @param next pass it on to get the next page; absent on the last page only (a page may be empty
   *     and still have a next)
   */
  record Page(List<Listed> blobs, Optional<String> next) {}

  /**
   * What came of a write that must not replace anything.
   *
   * @param created whether this call made the blob; false: one of that name was there
   * @param serviceTime the service's clock when it answered, never the host's
   */
  record PutResult(boolean created, Instant serviceTime) {}

  /** What came of a {@link #touch}. */
  enum Touch {
    /** The blob has a new ETag and a new modification time. */
    TOUCHED,
    /** It was modified after the given time, so it was left alone. */
    YOUNG,
    /** There is no such blob. */
    ABSENT
  }

  /**
   * Creates a blob; leaves an existing one as it is ({@code If-None-Match: *}). The content is sent
   * in one request with a checksum which the service verifies.
   *
   * @param bytes what remains in it, direct or not; it stays as it is, and is the caller's again
   *     when the call returns
   */
  PutResult putIfAbsent(String name, ByteBuffer bytes);

  /** Creates or replaces a blob, whatever is there. */
  void put(String name, byte[] bytes);

  /**
   * Replaces a blob if it still has the ETag.
   *
   * @return false when it has another one or is gone; nothing was written then
   */
  boolean putIfMatch(String name, byte[] bytes, String etag);

  /** Reads a blob whole. Empty when there is none of that name. */
  Optional<Blob> get(String name);

  /**
   * Reads a blob whole into a buffer that is used again, from its position on, which moves behind
   * what came.
   *
   * @return its length; {@link #ABSENT} when there is none of that name; more than the buffer had
   *     room for when it is longer, whose bytes must not be used then
   */
  long read(String name, ByteBuffer into);

  /**
   * Reads a part of a blob into a buffer, from the buffer's position on, which moves behind what
   * came. What is appended meanwhile may be in it or not, but never in part.
   *
   * @param offset of the first byte in the blob
   * @return bytes that came: fewer than there was room for only at the blob's end, 0 behind it;
   *     {@link #ABSENT} when there is none of that name
   */
  long readFrom(String name, long offset, ByteBuffer into);

  /**
   * Appends to a blob that was made by this method, or makes it: one block, wholly or not at all.
   * Nothing but appending may change such a blob.
   *
   * <p>When the answer is lost ({@link io.holdfast.failure.Unavailable}), or came only to a
   * repetition inside the client (false), the block may stand at that very offset: who must know
   * reads there. A request that is still under way can only ever land at that offset.
   *
   * @param bytes 1 to {@link #APPEND_BYTES_MAX}
   * @param expectedLength the blob's length before it; 0 also makes the blob when there is none
   * @return false when the blob has another length or, unless 0 is expected, is gone; nothing was
   *     appended then by the request that was answered
   */
  boolean append(String name, byte[] bytes, long expectedLength);

  /** Whether there is a blob of that name: one request without a body. */
  boolean exists(String name);

  /**
   * Renews a blob's ETag and modification time by a metadata write, unless it was modified after
   * {@code unmodifiedSince} (whole seconds, rounded down: the header's resolution). With {@link
   * #WHATEVER_ITS_AGE} there is no condition, so that the answer is never {@link Touch#YOUNG}.
   */
  Touch touch(String name, Instant unmodifiedSince);

  /**
   * One page of the blobs whose names begin with the prefix.
   *
   * @param next from the page before; empty for the first
   */
  Page list(String prefix, Optional<String> next);
}
