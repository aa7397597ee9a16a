package io.holdfast.catalogue;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The id of a job, {@code <itemId>-j<yyyyMMddHHmmssSSS>-<6 hex>}. It embeds the item, so that a
 * look-up is one point read, and the time, so that rows can be sorted newest first. The job's
 * recovery point has the same id with {@code p} for {@code j}: a job makes at most one.
 *
 * @param itemId the protected item
 * @param time when the job was asked for: the request's or the schedule slot's instant, to the
 *     millisecond
 * @param tail 6 hex digits that tell jobs of one millisecond apart
 */
public record JobId(String itemId, Instant time, String tail) {
  private static final Pattern FORM =
      Pattern.compile("([a-z0-9][a-z0-9-]{0,62})-([jp])(\\d{17})-([0-9a-f]{6})");
  // Strict: the 30th of February is no other spelling of the 28th.
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuuMMddHHmmssSSS").withResolverStyle(ResolverStyle.STRICT);
  private static final long MILLIS_MAX = 9_999_999_999_999L;

  /** The order of lists across items. */
  public static final Comparator<JobId> NEWEST_FIRST =
      Comparator.comparing(JobId::key).thenComparing(JobId::itemId);

  public JobId {
    time = Instant.ofEpochMilli(time.toEpochMilli());
  }

  /**
   * A job's id, derived from what tells it from other jobs: the same request gives the same id.
   *
   * @param distinct the request's own id, or the policy's name
   */
  public static JobId of(String itemId, Instant time, String distinct) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(distinct.getBytes(StandardCharsets.UTF_8));
      return new JobId(itemId, time, HexFormat.of().formatHex(digest, 0, 3));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Reads a job's id; empty when the text is none. */
  public static Optional<JobId> parse(String text) {
    return parse(text, "j");
  }

  /** Reads a recovery point's id as the id of the job that made it; empty when the text is none. */
  public static Optional<JobId> parsePoint(String text) {
    return parse(text, "p");
  }

  private static Optional<JobId> parse(String text, String kind) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches() || !matcher.group(2).equals(kind)) {
      return Optional.empty();
    }
    try {
      Instant time = LocalDateTime.parse(matcher.group(3), TIME).toInstant(ZoneOffset.UTC);
      return Optional.of(new JobId(matcher.group(1), time, matcher.group(4)));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  /**
   * @throws IllegalArgumentException when the text is no job's id
   */
  @JsonCreator
  public static JobId of(String text) {
    return parse(text).orElseThrow(() -> new IllegalArgumentException("not a job's id: " + text));
  }

  /** Part of row keys: sorts newest first. */
  public String key() {
    return newestFirst(time, tail);
  }

  /** Part of row keys: a later time sorts before an earlier one. */
  static String newestFirst(Instant time, String tail) {
    return "%013d-%s".formatted(MILLIS_MAX - time.toEpochMilli(), tail);
  }

  /** Id of the recovery point that this job makes. */
  public String pointId() {
    return text('p');
  }

  @JsonValue
  @Override
  public String toString() {
    return text('j');
  }

  private String text(char kind) {
    return itemId + "-" + kind + stamp();
  }

  /** Time and tail: names the job's snapshots inside the item's collection. */
  public String stamp() {
    return TIME.format(time.atOffset(ZoneOffset.UTC)) + "-" + tail;
  }
}
