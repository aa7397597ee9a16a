package io.holdfast.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import io.holdfast.failure.Corrupt;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ObjectCodecTest {
  static final int CHUNK_BYTES = 4096;
  static final byte[] KEY = bytes(32, 0x20);
  static final byte[] ID_KEY = bytes(32, 0x60);
  static final DataKey DATA_KEY = new DataKey(KeyId.ofHex("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"), KEY);

  private final ObjectCodec plain = codec(VaultKeys.none(), VaultConfig.Compression.DEFAULT);
  private final ObjectCodec uncompressed = codec(VaultKeys.none(), VaultConfig.Compression.OFF);
  private final ObjectCodec sealed = codec(sealing(), VaultConfig.Compression.DEFAULT);

  static ObjectCodec codec(VaultKeys keys, VaultConfig.Compression compression) {
    return new ObjectCodec(keys, compression, CHUNK_BYTES);
  }

  /** Keys that are fixed, and nonces that are the same each time: for tests only. */
  static VaultKeys sealing() {
    return VaultKeys.of(
        Digester.hmacSha256(ID_KEY),
        DATA_KEY,
        DATA_KEY,
        id -> Optional.of(DATA_KEY).filter(key -> key.id().equals(id)),
        nonce -> System.arraycopy(bytes(12, 0xc0), 0, nonce, 0, 12));
  }

  static byte[] bytes(int length, int from) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (from + i);
    }
    return bytes;
  }

  static byte[] noise(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static void assertRefused(ObjectCodec codec, ObjectKind kind, Digest id, byte[] object) {
    assertThatThrownBy(() -> Codecs.decode(codec, kind, id, object))
        .isInstanceOf(Corrupt.class)
        .hasMessageStartingWith(kind.objectName(id) + " is damaged: ");
  }

  @Test
  void decodesWhatItEncoded() {
    for (ObjectCodec codec : List.of(plain, uncompressed, sealed)) {
      for (long seed = 0; seed < 200; seed++) {
        Random random = new Random(seed);
        byte[] content = new byte[1 + random.nextInt(60_000)];
        byte[] pattern = noise(1 + random.nextInt(content.length), seed);
        for (int i = 0; i < content.length; i++) {
          content[i] = pattern[i % pattern.length];
        }
        Digest id = codec.digester().digest(content);

        byte[] object = Codecs.encode(codec, ObjectKind.POINT_MANIFEST, id, content);

        assertThat(Codecs.decode(codec, ObjectKind.POINT_MANIFEST, id, object))
            .as("seed %d", seed)
            .isEqualTo(content);
      }
    }
  }

  @Test
  void compressesWhatCompressesAndLeavesTheRest() {
    byte[] text = new byte[CHUNK_BYTES];
    Arrays.fill(text, (byte) 'x');
    byte[] noise = noise(CHUNK_BYTES, 1);

    byte[] small = Codecs.encode(plain, ObjectKind.CHUNK, plain.digester().digest(text), text);
    byte[] large = Codecs.encode(plain, ObjectKind.CHUNK, plain.digester().digest(noise), noise);

    assertThat(small[6]).isEqualTo(Envelope.CODEC_ZSTD);
    assertThat(small.length).isLessThan(100);
    assertThat(large[6]).isEqualTo(Envelope.CODEC_RAW);
    assertThat(large).hasSize(Envelope.HEADER_BYTES + CHUNK_BYTES);
  }

  @Test
  void leavesAloneWhatWouldSaveLessThanASixteenth() {
    byte[] content = noise(CHUNK_BYTES, 2);
    Arrays.fill(content, 0, CHUNK_BYTES / 20, (byte) 0);

    byte[] object =
        Codecs.encode(plain, ObjectKind.CHUNK, plain.digester().digest(content), content);

    assertThat(Zstd.compress(content, 1).length).isLessThan(CHUNK_BYTES);
    assertThat(object[6]).isEqualTo(Envelope.CODEC_RAW);
  }

  @Test
  void refusesEveryFlippedBitOfARawObject() {
    byte[] content = noise(100, 3);
    refusesEveryFlippedBit(plain, content);
  }

  @Test
  void refusesEveryFlippedBitOfASealedObject() {
    refusesEveryFlippedBit(sealed, noise(100, 4));
    refusesEveryFlippedBit(sealed, new byte[300]);
  }

  private static void refusesEveryFlippedBit(ObjectCodec codec, byte[] content) {
    Digest id = codec.digester().digest(content);
    byte[] object = Codecs.encode(codec, ObjectKind.POINT_MANIFEST, id, content);
    for (int bit = 0; bit < object.length * 8; bit++) {
      byte[] flipped = object.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      assertRefused(codec, ObjectKind.POINT_MANIFEST, id, flipped);
    }
  }

  @Test
  void neverGivesOtherBytesForAFlippedBitOfACompressedObject() {
    byte[] content = "holdfast keeps kelp on the rock. ".repeat(20).getBytes();
    Digest id = plain.digester().digest(content);
    byte[] object = Codecs.encode(plain, ObjectKind.POINT_MANIFEST, id, content);
    assertThat(object[6]).isEqualTo(Envelope.CODEC_ZSTD);
    int same = 0;
    for (int bit = 0; bit < object.length * 8; bit++) {
      byte[] flipped = object.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      try {
        assertThat(Codecs.decode(plain, ObjectKind.POINT_MANIFEST, id, flipped)).isEqualTo(content);
        same++;
      } catch (Corrupt e) {
        assertThat(e).hasMessageContaining(id.hex());
      }
    }
    assertThat(same).isZero();
  }

  @Test
  void refusesEveryTruncationAndExtension() {
    for (ObjectCodec codec : List.of(plain, uncompressed, sealed)) {
      byte[] content = "holdfast keeps kelp on the rock. ".repeat(20).getBytes();
      Digest id = codec.digester().digest(content);
      byte[] object = Codecs.encode(codec, ObjectKind.POINT_MANIFEST, id, content);
      for (int length = 0; length < object.length; length++) {
        assertRefused(codec, ObjectKind.POINT_MANIFEST, id, Arrays.copyOf(object, length));
      }
      for (int more : new int[] {1, 16, 48, 1000}) {
        byte[] longer = Arrays.copyOf(object, object.length + more);
        assertRefused(codec, ObjectKind.POINT_MANIFEST, id, longer);
        // Also when the header was made to say so.
        ByteBuffer.wrap(longer).putInt(12, longer.length - Envelope.HEADER_BYTES);
        assertRefused(codec, ObjectKind.POINT_MANIFEST, id, longer);
      }
    }
  }

  @Test
  void refusesAnotherFrameBehindTheFrame() {
    byte[] content = new byte[CHUNK_BYTES];
    Arrays.fill(content, (byte) 7);
    Digest id = plain.digester().digest(content);
    byte[] object = Codecs.encode(plain, ObjectKind.CHUNK, id, content);
    byte[] emptyFrame = Zstd.compress(new byte[0], 1);
    byte[] skippable = {0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 9};
    for (byte[] more : List.of(emptyFrame, skippable)) {
      byte[] longer = Arrays.copyOf(object, object.length + more.length);
      System.arraycopy(more, 0, longer, object.length, more.length);
      ByteBuffer.wrap(longer).putInt(12, longer.length - Envelope.HEADER_BYTES);
      assertRefused(plain, ObjectKind.CHUNK, id, longer);
    }
  }

  @Test
  void refusesADecompressionBomb() {
    byte[] bomb = Zstd.compress(new byte[64 * 1024 * 1024], 1);
    Digest id = plain.digester().digest(new byte[CHUNK_BYTES]);
    for (int claimed : new int[] {CHUNK_BYTES, 64 * 1024 * 1024, Integer.MAX_VALUE, -1}) {
      byte[] object = new byte[Envelope.HEADER_BYTES + bomb.length];
      System.arraycopy(bomb, 0, object, Envelope.HEADER_BYTES, bomb.length);
      new Envelope(
              ObjectKind.CHUNK,
              Envelope.CODEC_ZSTD,
              Envelope.CIPHER_NONE,
              claimed,
              bomb.length,
              KeyId.NONE,
              new byte[12])
          .write(ByteBuffer.wrap(object));

      assertRefused(plain, ObjectKind.CHUNK, id, object);
    }
  }

  @Test
  void refusesAnObjectUnderAnotherName() {
    byte[] content = noise(CHUNK_BYTES, 5);
    Digest id = sealed.digester().digest(content);
    byte[] object = Codecs.encode(sealed, ObjectKind.CHUNK, id, content);
    Digest other = sealed.digester().digest(noise(CHUNK_BYTES, 6));

    assertRefused(sealed, ObjectKind.CHUNK, other, object);
    assertRefused(sealed, ObjectKind.SEGMENT_INDEX, id, object);
  }

  @Test
  void refusesAnObjectThatIsNotSealedInAnEncryptedVault() {
    byte[] content = noise(CHUNK_BYTES, 7);
    Digest id = sealed.digester().digest(content);
    byte[] object = Codecs.encode(plain, ObjectKind.CHUNK, id, content);

    assertThatThrownBy(() -> Codecs.decode(sealed, ObjectKind.CHUNK, id, object))
        .isInstanceOf(Corrupt.class)
        .hasMessageContaining("not encrypted");
  }

  @Test
  void namesTheKeyThatItLacks() {
    byte[] content = noise(CHUNK_BYTES, 8);
    Digest id = plain.digester().digest(content);
    byte[] object = Codecs.encode(sealed, ObjectKind.CHUNK, id, content);

    assertThatThrownBy(() -> Codecs.decode(plain, ObjectKind.CHUNK, id, object))
        .isInstanceOf(Corrupt.class)
        .hasMessageContaining("there is no key a0a1a2a3a4a5a6a7a8a9aaabacadaeaf");
  }

  @Test
  void encodesNoChunkOfAnotherLength() {
    byte[] content = new byte[CHUNK_BYTES - 1];

    assertThatThrownBy(() -> Codecs.encode(plain, ObjectKind.CHUNK, Digest.ZERO, content))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("4095");
  }

  @Test
  void sealsLongPayloadsInSlices() {
    ObjectCodec large = new ObjectCodec(sealing(), VaultConfig.Compression.OFF, 1 << 20);
    byte[] content = noise(1 << 20, 9);
    Digest id = large.digester().digest(content);

    byte[] object = Codecs.encode(large, ObjectKind.CHUNK, id, content);

    assertThat(object).hasSize(Envelope.HEADER_BYTES + (1 << 20) + Envelope.TAG_BYTES);
    assertThat(Codecs.decode(large, ObjectKind.CHUNK, id, object)).isEqualTo(content);
  }

  @Test
  void knowsZerosFromAlmostZeros() {
    for (int length : new int[] {1, 7, 4096, 16 * 1024, 16 * 1024 + 1, 100_000}) {
      byte[] content = new byte[length];
      assertThat(Digester.isZero(ByteBuffer.wrap(content))).isTrue();
      for (int at : new int[] {0, length / 2, length - 1}) {
        content[at] = 1;
        assertThat(Digester.isZero(ByteBuffer.wrap(content))).isFalse();
        content[at] = 0;
      }
    }
  }
}
