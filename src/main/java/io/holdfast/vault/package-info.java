/**
 * Content-addressed storage: the vault's format, and the only user of the blob port. {@code
 * docs/vault-format.md} has the format byte by byte. Depends on {@code failure}.
 */
package io.holdfast.vault;
