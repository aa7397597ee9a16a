package io.holdfast.fake;

import io.holdfast.vault.BlobStore;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;

/**
 * Blob Storage in memory. Its clock is the service's. A test may look on at every call, count the
 * requests, delete and damage.
 */
public final class MemoryBlobs implements BlobStore {
  private record Entry(byte[] bytes, String etag, Instant modified) {}

  private final TreeMap<String, Entry> entries = new TreeMap<>();
  private final Map<String, AtomicInteger> requests = new ConcurrentHashMap<>();
  private final InstantSource clock;
  private final int pageBlobsMax;
  private long writes;
  private volatile BiConsumer<String, String> before = (action, name) -> {};
  private volatile BiConsumer<String, String> after = (action, name) -> {};

  public MemoryBlobs(InstantSource clock) {
    this(clock, PAGE_BLOBS_MAX);
  }

  /** A container whose listings have short pages. */
  public MemoryBlobs(InstantSource clock, int pageBlobsMax) {
    this.clock = clock;
    this.pageBlobsMax = pageBlobsMax;
  }

  /** Calls this before each request with the method's and the blob's name; it may throw. */
  public void before(BiConsumer<String, String> hook) {
    before = hook;
  }

  /** Calls this after each append, as {@link #before}; if it throws, the answer is lost. */
  public void after(BiConsumer<String, String> hook) {
    after = hook;
  }

  /** How often a method was called. */
  public int requests(String method) {
    return requests.getOrDefault(method, new AtomicInteger()).get();
  }

  public synchronized boolean delete(String name) {
    return entries.remove(name) != null;
  }

  /** Deletes a blob if it still has the ETag, as a collection does. */
  public synchronized boolean delete(String name, String etag) {
    Entry entry = entries.get(name);
    return entry != null && entry.etag().equals(etag) && entries.remove(name) != null;
  }

  /** Changes a blob's bytes behind everyone's back: neither its ETag nor its time changes. */
  public synchronized void damage(String name, UnaryOperator<byte[]> change) {
    Entry entry = entries.get(name);
    entries.put(
        name, new Entry(change.apply(entry.bytes().clone()), entry.etag(), entry.modified()));
  }

  /** All names, in order. */
  public synchronized List<String> names() {
    return List.copyOf(entries.keySet());
  }

  public synchronized Instant modified(String name) {
    return entries.get(name).modified();
  }

  private void count(String method, String name) {
    requests.computeIfAbsent(method, m -> new AtomicInteger()).incrementAndGet();
    before.accept(method, name);
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.SECONDS);
  }

  private void write(String name, byte[] bytes) {
    entries.put(name, new Entry(bytes.clone(), "\"" + ++writes + "\"", now()));
  }

  @Override
  public PutResult putIfAbsent(String name, ByteBuffer bytes) {
    count("putIfAbsent", name);
    synchronized (this) {
      boolean absent = !entries.containsKey(name);
      if (absent) {
        byte[] content = new byte[bytes.remaining()];
        bytes.duplicate().get(content);
        write(name, content);
      }
      return new PutResult(absent, now());
    }
  }

  @Override
  public void put(String name, byte[] bytes) {
    count("put", name);
    synchronized (this) {
      write(name, bytes);
    }
  }

  @Override
  public boolean putIfMatch(String name, byte[] bytes, String etag) {
    count("putIfMatch", name);
    synchronized (this) {
      Entry entry = entries.get(name);
      boolean matches = entry != null && entry.etag().equals(etag);
      if (matches) {
        write(name, bytes);
      }
      return matches;
    }
  }

  @Override
  public Optional<Blob> get(String name) {
    count("get", name);
    synchronized (this) {
      return Optional.ofNullable(entries.get(name))
          .map(entry -> new Blob(entry.bytes().clone(), entry.etag()));
    }
  }

  @Override
  public long read(String name, ByteBuffer into) {
    count("get", name);
    synchronized (this) {
      Entry entry = entries.get(name);
      if (entry == null) {
        return ABSENT;
      }
      into.put(entry.bytes(), 0, Math.min(into.remaining(), entry.bytes().length));
      return entry.bytes().length;
    }
  }

  @Override
  public long readFrom(String name, long offset, ByteBuffer into) {
    count("get", name);
    synchronized (this) {
      Entry entry = entries.get(name);
      if (entry == null) {
        return ABSENT;
      }
      int from = (int) Math.min(offset, entry.bytes().length);
      int came = Math.min(into.remaining(), entry.bytes().length - from);
      into.put(entry.bytes(), from, came);
      return came;
    }
  }

  @Override
  public boolean append(String name, byte[] bytes, long expectedLength) {
    count("append", name);
    boolean fits;
    synchronized (this) {
      Entry entry = entries.get(name);
      byte[] there = entry == null ? new byte[0] : entry.bytes();
      fits = there.length == expectedLength;
      if (fits) {
        byte[] longer = Arrays.copyOf(there, there.length + bytes.length);
        System.arraycopy(bytes, 0, longer, there.length, bytes.length);
        write(name, longer);
      }
    }
    after.accept("append", name);
    return fits;
  }

  @Override
  public boolean exists(String name) {
    count("exists", name);
    synchronized (this) {
      return entries.containsKey(name);
    }
  }

  @Override
  public Touch touch(String name, Instant unmodifiedSince) {
    count("touch", name);
    synchronized (this) {
      Entry entry = entries.get(name);
      if (entry == null) {
        return Touch.ABSENT;
      }
      if (!unmodifiedSince.equals(WHATEVER_ITS_AGE)
          && entry.modified().isAfter(unmodifiedSince.truncatedTo(ChronoUnit.SECONDS))) {
        return Touch.YOUNG;
      }
      write(name, entry.bytes());
      return Touch.TOUCHED;
    }
  }

  @Override
  public Page list(String prefix, Optional<String> next) {
    count("list", prefix);
    synchronized (this) {
      List<Listed> page = new ArrayList<>();
      for (Map.Entry<String, Entry> named : entries.tailMap(next.orElse(prefix)).entrySet()) {
        if (!named.getKey().startsWith(prefix)) {
          break;
        }
        if (page.size() == pageBlobsMax) {
          return new Page(page, Optional.of(named.getKey()));
        }
        Entry entry = named.getValue();
        page.add(new Listed(named.getKey(), entry.bytes().length, entry.etag(), entry.modified()));
      }
      return new Page(page, Optional.empty());
    }
  }
}
