package io.holdfast.local.host;

import com.microsoft.azure.functions.ExecutionContext;
import com.microsoft.azure.functions.OutputBinding;
import com.microsoft.azure.functions.annotation.BindingName;
import java.lang.annotation.Annotation;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A function with its method found and its parameters checked against function.json. */
final class LoadedFunction {
  private final FunctionSpec spec;
  private final AppLoader loader;
  private final Class<?> type;
  private final Method method;

  /** What an invocation gave back: the method's value and the output bindings that were set. */
  record Outcome(Object returned, Map<String, Object> outputs) {}

  LoadedFunction(FunctionSpec spec, AppLoader loader) {
    this.spec = spec;
    this.loader = loader;
    this.type = loader.load(spec);
    List<Method> candidates =
        Arrays.stream(type.getMethods())
            .filter(found -> found.getName().equals(spec.methodName()) && !found.isBridge())
            .toList();
    if (candidates.size() != 1) {
      throw HostFailure.configuration(
          "Function %s: %s has %d public methods named %s, but needs exactly one."
              .formatted(spec.name(), spec.className(), candidates.size(), spec.methodName()),
          null);
    }
    this.method = candidates.get(0);
    for (Parameter parameter : method.getParameters()) {
      checkBound(parameter);
    }
  }

  FunctionSpec spec() {
    return spec;
  }

  String name() {
    return spec.name();
  }

  /** Builds the function's instance once, to fail at the start if it cannot be built. */
  void probe() {
    if (!Modifier.isStatic(method.getModifiers())) {
      loader.probe(type);
    }
  }

  /** Runs the function once; what it throws is thrown as it is. */
  Outcome invoke(TriggerInput input, ExecutionContext context) throws Exception {
    return loader.inApp(
        () -> {
          Map<String, Output> outputs = new LinkedHashMap<>();
          Object[] arguments = new Object[method.getParameterCount()];
          Parameter[] parameters = method.getParameters();
          for (int i = 0; i < arguments.length; i++) {
            arguments[i] = argument(parameters[i], input, context, outputs);
          }
          Object target = Modifier.isStatic(method.getModifiers()) ? null : loader.instance(type);
          Object returned = call(target, arguments);
          Map<String, Object> set = new LinkedHashMap<>();
          outputs.forEach((name, output) -> set.put(name, output.getValue()));
          return new Outcome(returned, set);
        });
  }

  private Object call(Object target, Object[] arguments) throws Exception {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw e;
    }
  }

  private Object argument(
      Parameter parameter,
      TriggerInput input,
      ExecutionContext context,
      Map<String, Output> outputs) {
    if (parameter.getType() == ExecutionContext.class) {
      return context;
    }
    String name = boundName(parameter).orElseThrow();
    if (parameter.getType() == OutputBinding.class) {
      return outputs.computeIfAbsent(name, unused -> new Output());
    }
    if (parameter.isAnnotationPresent(BindingName.class)) {
      return named(parameter, name, input);
    }
    if (input.value() instanceof HttpCall call) {
      return call.argument(parameter.getParameterizedType());
    }
    return Json.convert((String) input.value(), parameter.getParameterizedType());
  }

  private Object named(Parameter parameter, String name, TriggerInput input) {
    String value = input.named(name);
    if (value != null) {
      return Json.convert(value, parameter.getParameterizedType());
    }
    if (parameter.getType().isPrimitive()) {
      throw new IllegalArgumentException(
          "function %s: the trigger has no value named %s for the %s parameter"
              .formatted(spec.name(), name, parameter.getType()));
    }
    return null;
  }

  private void checkBound(Parameter parameter) {
    if (parameter.getType() == ExecutionContext.class) {
      return;
    }
    Optional<String> name = boundName(parameter);
    boolean free = parameter.isAnnotationPresent(BindingName.class);
    if (name.isEmpty()
        || (!free && spec.bindings().stream().noneMatch(b -> b.name().equals(name.get())))) {
      throw HostFailure.configuration(
          "Function %s: parameter %s of %s.%s has no binding in function.json: package the app again."
              .formatted(spec.name(), parameter, spec.className(), spec.methodName()),
          null);
    }
  }

  /** The name in the Functions annotation of a parameter ({@code name}, or a name's value). */
  private static Optional<String> boundName(Parameter parameter) {
    for (Annotation annotation : parameter.getAnnotations()) {
      if (annotation instanceof BindingName name) {
        return Optional.of(name.value());
      }
      if (annotation.annotationType().getPackage() == BindingName.class.getPackage()) {
        try {
          Object name = annotation.annotationType().getMethod("name").invoke(annotation);
          return Optional.of((String) name);
        } catch (NoSuchMethodException notABinding) {
          continue;
        } catch (ReflectiveOperationException e) {
          throw new IllegalStateException("cannot read " + annotation, e);
        }
      }
    }
    return Optional.empty();
  }

  private static final class Output implements OutputBinding<Object> {
    private volatile Object value;

    @Override
    public Object getValue() {
      return value;
    }

    @Override
    public void setValue(Object value) {
      this.value = value;
    }
  }
}
