package io.holdfast.plan;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * List prices, each with where and when it was read. They are data, not code: {@code prices.json}.
 *
 * @param currency ISO 4217
 */
public record Prices(String currency, List<Price> prices) {
  public Prices {
    prices = List.copyOf(prices);
  }

  /**
   * One price.
   *
   * @param meter what is paid for
   * @param what the same for a person
   * @param unit of which one costs the price
   * @param price null: not known
   * @param region where it is that
   * @param date when it was, ISO
   * @param source where to look it up
   * @param checked how sure it is, for a person
   */
  public record Price(
      String meter,
      String what,
      String unit,
      Double price,
      String region,
      String date,
      String source,
      String checked) {}

  /** The prices that come with the app. */
  public static Prices load() {
    try (InputStream in = Prices.class.getResourceAsStream("prices.json")) {
      return new ObjectMapper().readValue(in, Prices.class);
    } catch (IOException e) {
      throw new UncheckedIOException("prices.json of this build cannot be read", e);
    }
  }

  Price of(String meter) {
    return prices.stream()
        .filter(price -> price.meter().equals(meter))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("prices.json lacks " + meter));
  }
}
