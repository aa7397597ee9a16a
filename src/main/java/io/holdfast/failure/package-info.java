/** What went wrong, by what to do next. Depends on nothing. */
package io.holdfast.failure;
