package io.holdfast.bench;

import com.github.luben.zstd.Zstd;
import io.holdfast.vault.Digest;
import io.holdfast.vault.Digester;
import io.holdfast.vault.KernelAccess;
import io.holdfast.vault.VaultConfig;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What is done to each chunk of 4 MiB, on one thread: by the vault's own classes, and by the JDK
 * alone ({@code jdk...}) for comparison. One operation is one chunk.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class Kernels {
  private static final int CHUNK_BYTES = VaultConfig.CHUNK_BYTES_DEFAULT;
  private static final int CHUNKS = 8;
  private static final int SLICE_BYTES = 16 * 1024;
  private static final int TAG_BITS = 128;

  private final KernelAccess plain = KernelAccess.plain(true);
  private final KernelAccess encrypted = KernelAccess.encrypted(true);
  private final KernelAccess sealing = KernelAccess.encrypted(false);
  private final Digester sha256 = Digester.sha256();
  private final Digester hmac = Digester.hmacSha256(new byte[32]);
  private final SecretKeySpec key = new SecretKeySpec(new byte[32], "AES");
  private final List<Piece> pieces = new ArrayList<>();
  private final ByteBuffer zeros = ByteBuffer.allocateDirect(CHUNK_BYTES);
  private final byte[] work = new byte[(int) Zstd.compressBound(CHUNK_BYTES)];
  private long turns;

  /** A chunk with what the kernels make of it; on the heap, too, for the JDK's own. */
  private record Piece(
      ByteBuffer chunk,
      byte[] bytes,
      Digest id,
      Digest keyedId,
      ByteBuffer object,
      ByteBuffer sealedObject,
      ByteBuffer justSealed,
      byte[] compressed) {}

  /** Real data: the file that {@code bench.data} names, else the JDK's own classes. */
  @Setup
  public void read() throws IOException {
    String named =
        System.getProperty("bench.data", System.getProperty("java.home") + "/lib/modules");
    try (RandomAccessFile file = new RandomAccessFile(named, "r")) {
      long chunks = file.length() / CHUNK_BYTES;
      for (int i = 1; i < 20 * CHUNKS && pieces.size() < CHUNKS; i++) {
        byte[] bytes = new byte[CHUNK_BYTES];
        file.seek(chunks * i / (20 * CHUNKS) * CHUNK_BYTES);
        file.readFully(bytes);
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES).put(bytes).flip();
        if (!Digester.isZero(chunk)) {
          pieces.add(piece(chunk, bytes));
        }
      }
    }
    if (pieces.size() < CHUNKS) {
      throw new IllegalStateException(named + " is nearly all zeros, or too short");
    }
  }

  private Piece piece(ByteBuffer chunk, byte[] bytes) {
    Digest id = plain.id(chunk);
    Digest keyedId = encrypted.id(chunk);
    return new Piece(
        chunk,
        bytes,
        id,
        keyedId,
        plain.object(id, chunk),
        encrypted.object(keyedId, chunk),
        sealing.object(keyedId, chunk),
        Zstd.compress(bytes, 1));
  }

  private Piece next() {
    return pieces.get((int) (turns++ % pieces.size()));
  }

  @Benchmark
  public boolean zeroTest() {
    return Digester.isZero(zeros);
  }

  @Benchmark
  public Digest sha256() {
    return sha256.digest(next().chunk());
  }

  @Benchmark
  public Digest hmacSha256() {
    return hmac.digest(next().chunk());
  }

  /** Compress, decode and compare, wrap: what a new chunk costs before it is written. */
  @Benchmark
  public int encode() {
    Piece piece = next();
    return plain.encode(piece.id(), piece.chunk());
  }

  @Benchmark
  public int encodeAndSeal() {
    Piece piece = next();
    return encrypted.encode(piece.keyedId(), piece.chunk());
  }

  /** Sealing without compression. */
  @Benchmark
  public int seal() {
    Piece piece = next();
    return sealing.encode(piece.keyedId(), piece.chunk());
  }

  /** Decompress and digest: what a restored or verified chunk costs. */
  @Benchmark
  public int decode() {
    Piece piece = next();
    return plain.decode(piece.id(), piece.object());
  }

  @Benchmark
  public int openAndDecode() {
    Piece piece = next();
    return encrypted.decode(piece.keyedId(), piece.sealedObject());
  }

  /** Opening and digesting, without decompression. */
  @Benchmark
  public int open() {
    Piece piece = next();
    return sealing.decode(piece.keyedId(), piece.justSealed());
  }

  @Benchmark
  public long zstdCompress() {
    byte[] chunk = next().bytes();
    return Zstd.compressByteArray(work, 0, work.length, chunk, 0, chunk.length, 1);
  }

  @Benchmark
  public long zstdDecompress() {
    byte[] compressed = next().compressed();
    return Zstd.decompressByteArray(work, 0, CHUNK_BYTES, compressed, 0, compressed.length);
  }

  @Benchmark
  public byte[] jdkSha256() throws GeneralSecurityException {
    return MessageDigest.getInstance("SHA-256").digest(next().bytes());
  }

  @Benchmark
  public byte[] jdkHmacSha256() throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key.getEncoded(), "HmacSHA256"));
    return mac.doFinal(next().bytes());
  }

  /** The checksum of a Put Blob. */
  @Benchmark
  public byte[] jdkMd5() throws GeneralSecurityException {
    return MessageDigest.getInstance("MD5").digest(next().bytes());
  }

  @Benchmark
  public long jdkCrc32c() {
    CRC32C crc = new CRC32C();
    crc.update(next().bytes());
    return crc.getValue();
  }

  @Benchmark
  public int jdkAesGcmWhole() throws GeneralSecurityException {
    byte[] chunk = next().bytes();
    return cipher().doFinal(chunk, 0, chunk.length - 16, work, 0);
  }

  @Benchmark
  public int jdkAesGcmSlices() throws GeneralSecurityException {
    byte[] chunk = next().bytes();
    Cipher cipher = cipher();
    int written = 0;
    int last = CHUNK_BYTES - SLICE_BYTES;
    for (int at = 0; at < last; at += SLICE_BYTES) {
      written += cipher.update(chunk, at, SLICE_BYTES, work, written);
    }
    return written + cipher.doFinal(chunk, last, SLICE_BYTES - 16, work, written);
  }

  private Cipher cipher() throws GeneralSecurityException {
    byte[] nonce = new byte[12];
    for (int i = 0; i < Long.BYTES; i++) {
      nonce[i] = (byte) (turns >> (i * Byte.SIZE));
    }
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(TAG_BITS, nonce));
    return cipher;
  }
}
