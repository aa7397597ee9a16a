package io.holdfast.local.host;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How a dev host runs.
 *
 * @param app the packaged app's folder
 * @param data where the host keeps the status of timers
 * @param httpPort on the loopback address; 0 takes a free one
 * @param lease of a queue message while its function runs; Azure's is 600 s
 */
public record HostOptions(Path app, Path data, int httpPort, Duration lease) {}
