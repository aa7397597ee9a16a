package io.holdfast.backup;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.catalogue.Job.Warning;
import io.holdfast.disk.Surroundings.Nic;
import java.util.ArrayList;
import java.util.List;

/**
 * A VM's network interfaces as the point keeps them: each as Azure describes it, one that could not
 * be read by its id only.
 *
 * @param json a list of objects
 * @param faults a warning for each that could not be read
 */
record CapturedNics(String json, List<Warning> faults) {
  private static final ObjectMapper JSON = new ObjectMapper();

  static CapturedNics of(List<Nic> nics) {
    ArrayNode all = JSON.createArrayNode();
    List<Warning> faults = new ArrayList<>();
    for (Nic nic : nics) {
      if (nic.model() != null) {
        all.add(read(nic));
        continue;
      }
      ObjectNode bare = all.addObject();
      bare.put("id", nic.id());
      bare.put("unreadable", nic.fault());
      faults.add(
          new Warning(
              "NetworkInterfaceNotCaptured",
              "network interface %s could not be read (%s): the point keeps its id only"
                  .formatted(nic.id(), nic.fault()),
              "Grant the app's identity Microsoft.Network/networkInterfaces/read there; the disks"
                  + " are not affected."));
    }
    return new CapturedNics(all.toString(), faults);
  }

  private static com.fasterxml.jackson.databind.JsonNode read(Nic nic) {
    try {
      return JSON.readTree(nic.model());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the model of %s is no JSON".formatted(nic.id()), e);
    }
  }
}
