/** The pipeline of a backup: steps that return what comes next, and the pure decisions between. */
package io.holdfast.backup;
