package io.holdfast.retention;

import java.util.Optional;

/**
 * Why a point is kept, or why it has expired.
 *
 * @param kind for machines
 * @param lastRule of an expired point: the rule that held it last, as far as the points that are
 *     left tell; empty when it was the one to keep of no hour, day, week, month or year
 * @param text for people, without a full stop
 */
public record Reason(Kind kind, Optional<Kind> lastRule, String text) {
  static Reason of(Kind kind, String text) {
    return new Reason(kind, Optional.empty(), text);
  }

  /** What keeps a point; {@link #EXPIRED}: nothing does. */
  public enum Kind {
    LATEST("Latest"),
    HOURLY("Hourly"),
    DAILY("Daily"),
    WEEKLY("Weekly"),
    MONTHLY("Monthly"),
    YEARLY("Yearly"),
    LAST_GOOD("LastGood"),
    PINNED("Pinned"),
    LEGAL_HOLD("LegalHold"),
    RETAIN_UNTIL("RetainUntil"),
    NOT_PUBLISHED("NotPublished"),
    EXPIRED("Expired");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    /** The name in rows and in the API. */
    public String text() {
      return text;
    }
  }
}
