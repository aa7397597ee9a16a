package io.holdfast.vault;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import io.holdfast.vault.Envelope.Malformed;
import java.io.Closeable;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * One zstd frame to one buffer and back. Direct buffers only. Keeps its contexts, since making one
 * costs as much as compressing some hundred KiB. Safe for several threads.
 */
final class ZstdFrames {
  /** RFC 8878, 3.1.1.1.1: behind the magic number. */
  private static final int DESCRIPTOR_AT = 4;

  /** The unused and the reserved bit, which decoders pass over, and the dictionary's two. */
  private static final int DESCRIPTOR_ZERO_BITS = 0b0001_1011;

  private static final Contexts<ZstdDecompressCtx> DECOMPRESSING =
      new Contexts<>(ZstdDecompressCtx::new);

  private static final Map<Integer, Contexts<ZstdCompressCtx>> COMPRESSING =
      new ConcurrentHashMap<>();

  private final Contexts<ZstdCompressCtx> compressing;

  /**
   * @param level 1 to 19
   */
  ZstdFrames(int level) {
    this.compressing =
        COMPRESSING.computeIfAbsent(
            level, l -> new Contexts<>(() -> new ZstdCompressCtx().setLevel(l)));
  }

  /** Contexts that no thread uses now. */
  private static final class Contexts<C extends Closeable> {
    private final ConcurrentLinkedDeque<C> kept = new ConcurrentLinkedDeque<>();
    private final Supplier<C> maker;

    private Contexts(Supplier<C> maker) {
      this.maker = maker;
    }

    /** As many are kept as were ever in use at once: threads bound them. */
    <T> T with(Function<C, T> use) {
      C free = kept.pollFirst();
      C mine = free == null ? maker.get() : free;
      try {
        return use.apply(mine);
      } finally {
        kept.addFirst(mine);
      }
    }
  }

  /**
   * Compresses what remains of {@code plain} into what remains of {@code into}, whose position
   * moves behind the frame.
   *
   * @return false when the frame has no room there: {@code into} is as before then
   */
  boolean compress(ByteBuffer plain, ByteBuffer into) {
    int at = into.position();
    return compressing.with(
        context -> {
          try {
            int length =
                context.compressDirectByteBuffer(
                    into, at, into.remaining(), plain, plain.position(), plain.remaining());
            into.position(at + length);
            return true;
          } catch (ZstdException e) {
            if (e.getErrorCode() == Zstd.errDstSizeTooSmall()) {
              return false;
            }
            throw new IllegalStateException("zstd: " + e.getMessage(), e);
          }
        });
  }

  /**
   * Decompresses the one frame that is what remains of {@code frame}, to exactly so many bytes.
   * Output is bounded by that, so that a bomb costs no more than an honest frame.
   *
   * @param into takes the bytes from its position on, which moves behind them
   */
  static void decompress(ByteBuffer frame, ByteBuffer into, int length) throws Malformed {
    // Exactly one frame that fills the payload: zstd would skip over others without a word.
    Envelope.require(
        frame.remaining() > DESCRIPTOR_AT
            && Zstd.findDirectByteBufferFrameCompressedSize(
                    frame, frame.position(), frame.remaining())
                == frame.remaining(),
        "its payload is not one zstd frame");
    Envelope.require(
        (frame.get(frame.position() + DESCRIPTOR_AT) & DESCRIPTOR_ZERO_BITS) == 0,
        "its zstd frame header has unknown bits");
    int at = into.position();
    try {
      int size =
          DECOMPRESSING.with(
              context ->
                  context.decompressDirectByteBuffer(
                      into, at, length, frame, frame.position(), frame.remaining()));
      Envelope.require(size == length, "its payload does not decompress to its length");
      into.position(at + length);
    } catch (ZstdException e) {
      throw new Malformed("its payload does not decompress: " + e.getMessage(), e);
    }
  }
}
