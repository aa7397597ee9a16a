package io.holdfast.azure;

import com.azure.core.http.HttpPipeline;
import com.azure.resourcemanager.compute.fluent.ComputeManagementClient;
import com.azure.resourcemanager.compute.implementation.ComputeManagementClientBuilder;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** A client of Azure Compute for each subscription, each made once. */
final class ComputeClients implements Function<String, ComputeManagementClient> {
  private final String endpoint;
  private final HttpPipeline pipeline;
  private final Map<String, ComputeManagementClient> clients = new ConcurrentHashMap<>();

  ComputeClients(String endpoint, HttpPipeline pipeline) {
    this.endpoint = endpoint;
    this.pipeline = pipeline;
  }

  @Override
  public ComputeManagementClient apply(String subscription) {
    return clients.computeIfAbsent(
        subscription,
        id ->
            new ComputeManagementClientBuilder()
                .subscriptionId(id)
                .endpoint(endpoint)
                .pipeline(pipeline)
                .buildClient());
  }
}
