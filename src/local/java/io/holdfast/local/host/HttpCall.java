package io.holdfast.local.host;

import com.microsoft.azure.functions.HttpMethod;
import com.microsoft.azure.functions.HttpRequestMessage;
import com.microsoft.azure.functions.HttpResponseMessage;
import com.microsoft.azure.functions.HttpStatus;
import com.microsoft.azure.functions.HttpStatusType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * An HTTP request as the worker hands it to a function.
 *
 * @param headers by lower-case name, as the real worker gives them
 * @param body empty where the request had none
 */
record HttpCall(
    URI uri, String method, Map<String, String> headers, Map<String, String> query, byte[] body) {

  /** The request as the parameter's type: the message, or only its body. */
  Object argument(Type type) {
    if (type instanceof ParameterizedType message
        && message.getRawType() == HttpRequestMessage.class) {
      return new Message<>(this, body(message.getActualTypeArguments()[0]));
    }
    return type == HttpRequestMessage.class ? new Message<>(this, body(Object.class)) : body(type);
  }

  private Object body(Type type) {
    if (type instanceof ParameterizedType optional && optional.getRawType() == Optional.class) {
      return body.length == 0
          ? Optional.empty()
          : Optional.of(value(optional.getActualTypeArguments()[0]));
    }
    return body.length == 0 ? null : value(type);
  }

  private Object value(Type type) {
    return type == byte[].class
        ? body
        : Json.convert(new String(body, StandardCharsets.UTF_8), type);
  }

  private record Message<T>(HttpCall call, T body) implements HttpRequestMessage<T> {
    @Override
    public URI getUri() {
      return call.uri();
    }

    @Override
    public HttpMethod getHttpMethod() {
      return HttpMethod.value(call.method());
    }

    @Override
    public Map<String, String> getHeaders() {
      return call.headers();
    }

    @Override
    public Map<String, String> getQueryParameters() {
      return call.query();
    }

    @Override
    public T getBody() {
      return body;
    }

    @Override
    public HttpResponseMessage.Builder createResponseBuilder(HttpStatus status) {
      return new Answer().status(status);
    }

    @Override
    public HttpResponseMessage.Builder createResponseBuilder(HttpStatusType status) {
      return new Answer().status(status);
    }
  }

  /** A response and its builder, with the headers readable by the host. */
  static final class Answer implements HttpResponseMessage, HttpResponseMessage.Builder {
    private final Map<String, String> headers = new LinkedHashMap<>();
    private HttpStatusType status = HttpStatus.OK;
    private Object body;

    @Override
    public HttpResponseMessage.Builder status(HttpStatusType status) {
      this.status = status;
      return this;
    }

    @Override
    public HttpResponseMessage.Builder header(String name, String value) {
      headers.put(name, value);
      return this;
    }

    @Override
    public HttpResponseMessage.Builder body(Object body) {
      this.body = body;
      return this;
    }

    @Override
    public HttpResponseMessage build() {
      return this;
    }

    @Override
    public HttpStatusType getStatus() {
      return status;
    }

    @Override
    public String getHeader(String name) {
      return headers.get(name);
    }

    @Override
    public Object getBody() {
      return body;
    }

    Map<String, String> headers() {
      return headers;
    }
  }
}
