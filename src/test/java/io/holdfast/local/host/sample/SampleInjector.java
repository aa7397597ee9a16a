package io.holdfast.local.host.sample;

import com.microsoft.azure.functions.spi.inject.FunctionInstanceInjector;

/** Builds the functions, unless it is told to fail. */
public final class SampleInjector implements FunctionInstanceInjector {
  public SampleInjector() {
    if (Boolean.getBoolean("sample.broken") || System.getenv("SAMPLE_BROKEN") != null) {
      throw new IllegalArgumentException("SAMPLE_BROKEN is set: unset it");
    }
  }

  @Override
  public <T> T getInstance(Class<T> type) {
    return type.cast(new SampleFunctions("injector"));
  }
}
