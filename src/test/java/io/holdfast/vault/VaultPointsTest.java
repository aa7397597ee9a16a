package io.holdfast.vault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.failure.Corrupt;
import io.holdfast.fake.MemoryBlobs;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class VaultPointsTest {
  private final MemoryBlobs blobs = new MemoryBlobs(InstantSource.fixed(SampleVault.TIME), 2);
  private final SampleVault sample = SampleVault.in(blobs);
  private final Vault vault = sample.vault();

  private PointName add(int number) {
    PointManifest point = sample.addPoint(number, Map.of("os", SampleVault.disk(number, 10_000)));
    return vault.findPoint(point.pointId()).get(0).name();
  }

  @Test
  void listsAllPointsOverAllPages() {
    List<PointName> added = List.of(add(1), add(2), add(3), add(4), add(5));

    assertThat(vault.listPoints())
        .extracting(Vault.ListedPoint::name)
        .containsExactlyElementsOf(added);
    assertThat(vault.listPoints()).noneMatch(Vault.ListedPoint::purged);
  }

  @Test
  void givesBackAPointByItsName() {
    PointManifest point = sample.addPoint(1, Map.of("os", SampleVault.disk(1, 10_000)));
    PointName name = vault.findPoint(point.pointId()).get(0).name();

    assertThat(vault.loadPoint(name)).isEqualTo(point);
    assertThat(vault.pointRef(name)).contains(PointRef.of(point, name.manifest()));
    assertThat(name.objectName())
        .isEqualTo("points/vm-1/vm-1-p20261123040506001-000001." + name.manifest().hex());
  }

  @Test
  void keepsTheDayOfAPointsEndWhereThereIsOne() {
    PointName name = add(1);
    PointRef bare = vault.pointRef(name).orElseThrow();
    PointRef timed =
        new PointRef(
            bare.formatVersion(),
            bare.vaultId(),
            bare.itemId(),
            bare.pointId(),
            bare.vmId(),
            bare.time(),
            bare.manifest(),
            SampleVault.TIME.plusSeconds(3_600));

    assertThat(bare.encode()).asString(UTF_8).doesNotContain("retainUntil");
    assertThat(timed.encode())
        .asString(UTF_8)
        .contains("\"retainUntil\":\"" + SampleVault.TIME.plusSeconds(3_600) + "\"");
    assertThat(PointRef.decode(name, timed.encode())).isEqualTo(timed);
  }

  @Test
  void findsNoPointThatIsNotThere() {
    assertThat(add(1)).isNotNull();

    assertThat(vault.findPoint(SampleVault.pointId(2))).isEmpty();
    assertThat(vault.findPoint("not-a-point")).isEmpty();
  }

  @Test
  void neverBringsAPurgedPointBack() {
    PointName name = add(1);
    PointRef ref = vault.pointRef(name).orElseThrow();

    vault.purgePoint(name);

    assertThat(vault.putPoint(ref)).isFalse();
    assertThat(vault.pointRef(name)).isEmpty();
    assertThat(vault.listPoints()).containsExactly(new Vault.ListedPoint(name, true));
  }

  @Test
  void refusesAPointsObjectThatSaysAnotherThingThanItsName() {
    PointName one = add(1);
    PointName two = add(2);
    blobs.damage(one.objectName(), bytes -> blobs.get(two.objectName()).orElseThrow().bytes());

    assertThatThrownBy(() -> vault.pointRef(one))
        .isInstanceOf(Corrupt.class)
        .hasMessageContaining(one.objectName());
    assertThatThrownBy(() -> vault.loadPoint(new PointName("vm-1", one.pointId(), two.manifest())))
        .isInstanceOf(Corrupt.class)
        .hasMessageContaining(two.pointId());
  }

  @Test
  void takesForPointsOnlyWhatIsNamedLikeOne() {
    String hex = "0".repeat(64);
    for (String name :
        List.of(
            "points/vm-1/readme",
            "points/vm-1/vm-1-p20261123040506001-000001",
            "points/vm-2/vm-1-p20261123040506001-000001." + hex,
            "points/vm-1/vm-1-p20261123040506001-000001." + hex + "0",
            "points/vm-1/vm-1-p20261123040506001-000001." + hex + "/x",
            "points/vm-1/vm-1-p20261123040506001-00000G." + hex)) {
      assertThat(PointName.parse(name)).as(name).isEmpty();
    }
    assertThat(PointName.parse("points/vm-1/vm-1-p20261123040506001-000001." + hex))
        .contains(new PointName("vm-1", SampleVault.pointId(1), Digest.ZERO));
  }

  @Test
  void readsAManifestWithFieldsOfALaterBuildAndNoneWithAGap() {
    PointManifest point = sample.addPoint(1, Map.of("os", SampleVault.disk(1, 10_000)));
    String json = new String(point.encode(), UTF_8);

    assertThat(
            PointManifest.decode(
                "manifests/x", ("{\"later\":[1]," + json.substring(1)).getBytes(UTF_8)))
        .isEqualTo(point);
    for (String gap :
        List.of(
            json + "{}",
            json.replace("\"formatVersion\":1", "\"formatVersion\":2"),
            json.replace("\"jobId\"", "\"jobld\""),
            json.replace("\"disks\"", "\"discs\""),
            json.replace("\"sizeBytes\":10000", "\"sizeBytes\":null"),
            json.replace("\"sizeBytes\":10000", "\"sizeBytes\":\"10000\""),
            json.replace("\"root\":\"", "\"root\":\"z"),
            json.replace("\"itemId\":\"vm-1\"", "\"itemId\":\"vm-2\""),
            json.replace("\"vm\":{", "\"vn\":{"))) {
      assertThat(gap).isNotEqualTo(json);
      assertThatThrownBy(() -> PointManifest.decode("manifests/x", gap.getBytes(UTF_8)))
          .as(gap)
          .isInstanceOf(Corrupt.class)
          .hasMessageStartingWith("manifests/x is damaged: ");
    }
  }

  @Test
  void refusesAPointOfAnotherVault() {
    MemoryBlobs others = new MemoryBlobs(InstantSource.fixed(SampleVault.TIME));
    PointName name = add(1);
    assertThat(
            Vault.openOrCreate(
                    others,
                    VaultConfig.plain(java.util.UUID.randomUUID(), SampleVault.TIME)
                        .withChunkBytes(SampleVault.CHUNK_BYTES),
                    VaultKeys.none())
                .config())
        .isNotNull();
    String object = ObjectKind.POINT_MANIFEST.objectName(name.manifest());
    others.put(object, blobs.get(object).orElseThrow().bytes());

    assertThatThrownBy(() -> Vault.open(others, VaultKeys.none()).loadPoint(name))
        .isInstanceOf(Corrupt.class)
        .hasMessageContaining(SampleVault.VAULT_ID);
  }
}
