/** What is protected, under way, restorable: rows in Table Storage, and the one commit. */
package io.holdfast.catalogue;
