package io.holdfast.local.host;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;

/** What all triggers of a host share. */
record HostRuntime(
    FunctionRunner runner, ScheduledExecutorService clock, ExecutorService workers) {}
