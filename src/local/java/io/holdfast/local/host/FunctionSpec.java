package io.holdfast.local.host;

import java.nio.file.Path;
import java.util.List;

/**
 * One function.json.
 *
 * @param name the folder's name, which is the function's name
 * @param scriptFile the jar with the class, absolute
 * @param className the class that holds the method, binary name
 * @param methodName the method
 * @param bindings all of them, in the file's order
 */
record FunctionSpec(
    String name, Path scriptFile, String className, String methodName, List<BindingSpec> bindings) {

  BindingSpec trigger() {
    return bindings.stream().filter(BindingSpec::isTrigger).findFirst().orElseThrow();
  }

  List<BindingSpec> outputs() {
    return bindings.stream().filter(BindingSpec::isOutput).toList();
  }
}
