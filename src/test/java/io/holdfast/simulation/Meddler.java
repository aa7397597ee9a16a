package io.holdfast.simulation;

import io.holdfast.catalogue.TableStore.Change;
import io.holdfast.disk.DiskReader;
import io.holdfast.failure.Unavailable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Stands between a host and every port. At each call other tasks may go on first; then the call may
 * fail unserved, be served without its answer, be served long after it failed, or take its host
 * down with it.
 */
final class Meddler {
  private static final Set<String> WRITES =
      Set.of(
          "commit",
          "put",
          "putIfAbsent",
          "putIfMatch",
          "touch",
          "begin",
          "install",
          "remove",
          "open",
          "close",
          "accept");
  private static final Duration CALL = Duration.ofMillis(5);

  private final SimWorld world;
  private final Chance chance;
  private int perMille;

  Meddler(SimWorld world, Chance chance) {
    this.world = world;
    this.chance = chance;
  }

  /**
   * @param calls of a thousand that meet with trouble; 0: none, and nobody else goes on either
   */
  void trouble(int calls) {
    perMille = calls;
  }

  /** What became of a call. */
  private enum Fate {
    SERVED,
    REFUSED,
    ANSWER_LOST,
    SERVED_LATE,
    HOST_DIES_BEFORE,
    HOST_DIES_AFTER
  }

  /** A port as one host sees it. */
  <T> T port(Class<T> type, T real, Host host) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            new Handler(type.getSimpleName(), real, host)));
  }

  private final class Handler implements java.lang.reflect.InvocationHandler {
    private final String port;
    private final Object real;
    private final Host host;

    private Handler(String port, Object real, Host host) {
      this.port = port;
      this.real = real;
      this.host = host;
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] args) throws Throwable {
      boolean harmless =
          method.getDeclaringClass() == Object.class || method.getName().equals("sizeBytes");
      return harmless ? method.invoke(real, args) : call(this, method, bare(args));
    }
  }

  private static Object[] bare(Object[] args) {
    Object[] bare = args.clone();
    for (int i = 0; i < bare.length; i++) {
      boolean ours =
          bare[i] != null
              && Proxy.isProxyClass(bare[i].getClass())
              && Proxy.getInvocationHandler(bare[i]) instanceof Handler;
      bare[i] = ours ? ((Handler) Proxy.getInvocationHandler(bare[i])).real : bare[i];
    }
    return bare;
  }

  private Object call(Handler port, Method method, Object[] args) throws Throwable {
    mustLive(port.host);
    world.advance(CALL);
    letOthersGoOn(port.host);
    boolean writes = WRITES.contains(method.getName());
    Fate fate = fate(writes);
    String what = port.port + "." + method.getName();
    switch (fate) {
      case REFUSED -> {
        note(port.host, what, args, "refused");
        throw unavailable(what);
      }
      case SERVED_LATE -> {
        note(port.host, what, args, "timed out; it will be served late");
        serveLater(port, method, args, what);
        throw unavailable(what);
      }
      case HOST_DIES_BEFORE -> {
        note(port.host, what, args, "the host dies with the call on its way");
        if (writes && chance.oneIn(2)) {
          serveLater(port, method, args, what);
        }
        world.kill(port.host);
        mustLive(port.host);
      }
      default -> {}
    }
    Object answer = serve(port, method, args);
    note(port.host, what, args, fate == Fate.SERVED ? said(answer) : "served; " + fate);
    if (fate == Fate.ANSWER_LOST) {
      throw unavailable(what);
    }
    if (fate == Fate.HOST_DIES_AFTER) {
      world.kill(port.host);
    }
    letOthersGoOn(port.host);
    mustLive(port.host);
    return wrapped(port.host, answer);
  }

  private void serveLater(Handler port, Method method, Object[] args, String what) {
    Object[] sent = sent(args);
    world.later(
        Duration.ofSeconds(chance.upTo(400)),
        () -> {
          note(port.host, what, sent, "is served late");
          serveUnheard(port, method, sent);
        });
  }

  /** What is on its way: the caller, who has given up, uses its buffers for something else. */
  private static Object[] sent(Object[] args) {
    Object[] sent = args.clone();
    for (int i = 0; i < sent.length; i++) {
      if (sent[i] instanceof ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        sent[i] = ByteBuffer.wrap(bytes);
      }
    }
    return sent;
  }

  private Fate fate(boolean writes) {
    if (perMille == 0 || chance.upTo(1000) >= perMille) {
      return Fate.SERVED;
    }
    int kind = chance.upTo(20);
    if (kind == 0) {
      return counted(Fate.HOST_DIES_BEFORE);
    }
    if (kind == 1) {
      return counted(Fate.HOST_DIES_AFTER);
    }
    if (kind < 10 || !writes) {
      return counted(Fate.REFUSED);
    }
    return counted(kind < 17 ? Fate.ANSWER_LOST : Fate.SERVED_LATE);
  }

  private Fate counted(Fate fate) {
    world.outcome().count("faults: " + fate);
    return fate;
  }

  private void letOthersGoOn(Host host) {
    // A task that holds a lock of its host must not wait for another one that may want it.
    if (perMille > 0 && !Thread.holdsLock(host.vault)) {
      world.maybePause();
      mustLive(host);
    }
  }

  private static void mustLive(Host host) {
    if (!host.alive()) {
      throw new Crashed(host.toString());
    }
  }

  private Unavailable unavailable(String what) {
    return chance.oneIn(3)
        ? new Unavailable("injected: " + what, Duration.ofSeconds(chance.upTo(60)), null)
        : new Unavailable("injected: " + what);
  }

  private static Object serve(Handler port, Method method, Object[] args) throws Throwable {
    try {
      return method.invoke(port.real, args);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static void serveUnheard(Handler port, Method method, Object[] args) {
    try {
      Object unused = serve(port, method, args);
    } catch (RuntimeException nobodyHears) {
      // Whoever asked has long gone: an answer and a refusal are the same.
    } catch (Throwable e) {
      throw new AssertionError(method + " failed when it was served late", e);
    }
  }

  private Object wrapped(Host host, Object answer) {
    if (answer instanceof Optional<?> some
        && some.isPresent()
        && some.get() instanceof DiskReader reader) {
      return Optional.of(port(DiskReader.class, reader, host));
    }
    return answer;
  }

  // ---- the trace

  private void note(Host host, String what, Object[] args, String came) {
    if (world.traces()) {
      world.note("%s   %s(%s): %s".formatted(host, what, described(args), came));
    }
  }

  private static String described(Object[] args) {
    List<String> parts = new ArrayList<>();
    for (Object arg : args) {
      if (arg instanceof List<?> list && !list.isEmpty() && list.get(0) instanceof Change) {
        list.forEach(
            each -> parts.add(each.getClass().getSimpleName() + " " + ((Change) each).key().row()));
      } else if (arg instanceof byte[] bytes) {
        parts.add(bytes.length + " bytes");
      } else {
        parts.add(cut(String.valueOf(arg)));
      }
    }
    return String.join(", ", parts);
  }

  private static String said(Object answer) {
    return answer instanceof Object[] many ? Arrays.toString(many) : cut(String.valueOf(answer));
  }

  private static String cut(String text) {
    return text.length() > 160 ? text.substring(0, 160) + "..." : text;
  }
}
