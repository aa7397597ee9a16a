package io.holdfast.catalogue;

/**
 * A record as it was read, with what is needed to change it only if nobody else did.
 *
 * @param etag of its row
 */
public record Versioned<T>(T value, String etag) {}
