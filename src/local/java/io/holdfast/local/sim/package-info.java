/**
 * The compute simulator: an HTTP server that speaks the ARM compute REST and the page-blob REST of
 * managed-disk access URLs, over raw files. It knows nothing of the app. {@code docs/simulator.md}
 * says what it answers and where it differs from Azure.
 */
package io.holdfast.local.sim;
