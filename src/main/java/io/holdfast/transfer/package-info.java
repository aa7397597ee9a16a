/**
 * The data plane: how ranges of bytes fall on chunks and segments, and how one segment is moved
 * into a vault. Lanes of a backup and {@code image backup} use the same classes. Depends on {@code
 * failure}, {@code disk}, {@code vault} and values of {@code catalogue}.
 */
package io.holdfast.transfer;
