package io.holdfast.local.host;

import com.microsoft.azure.functions.ExecutionContext;
import com.microsoft.azure.functions.RetryContext;
import com.microsoft.azure.functions.RpcException;
import com.microsoft.azure.functions.TraceContext;
import java.util.Map;
import java.util.logging.Logger;

/** One invocation, as the function sees it. */
record InvocationContext(String functionName, String invocationId, Logger logger)
    implements ExecutionContext {

  @Override
  public Logger getLogger() {
    return logger;
  }

  @Override
  public String getInvocationId() {
    return invocationId;
  }

  @Override
  public String getFunctionName() {
    return functionName;
  }

  @Override
  public TraceContext getTraceContext() {
    return new TraceContext() {
      @Override
      public String getTraceparent() {
        // W3C: version, 16-byte trace id, 8-byte span id, flags; one trace an invocation.
        String hex = invocationId.replace("-", "");
        return "00-" + hex + "-" + hex.substring(0, 16) + "-00";
      }

      @Override
      public String getTracestate() {
        return "";
      }

      @Override
      public Map<String, String> getAttributes() {
        return Map.of();
      }
    };
  }

  @Override
  public RetryContext getRetryContext() {
    return new RetryContext() {
      @Override
      public int getRetrycount() {
        return 0;
      }

      @Override
      public int getMaxretrycount() {
        return 0;
      }

      @Override
      public RpcException getException() {
        return null;
      }
    };
  }
}
