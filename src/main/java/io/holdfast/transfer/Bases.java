package io.holdfast.transfer;

import io.holdfast.vault.Digest;
import io.holdfast.vault.DiskManifest;
import io.holdfast.vault.SegmentIndex;
import io.holdfast.vault.Vault;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The segments of bases. A disk's manifest is what all of its segments ask for, and never changes,
 * so that the last few are kept; each is at most some hundred KiB. Safe for several threads.
 */
public final class Bases {
  private static final int MANIFESTS_MAX = 8;

  private final Map<String, DiskManifest> manifests =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, DiskManifest> eldest) {
          return size() > MANIFESTS_MAX;
        }
      };

  /**
   * The base's index of a segment; the zero segment where there is no base, or past its end.
   *
   * @param root of the base's disk; null where there is none
   * @throws io.holdfast.failure.Corrupt if an object of it is missing or damaged
   */
  public SegmentIndex segment(Vault vault, String root, int number) {
    return vault.loadSegment(root == null ? Digest.ZERO : manifest(vault, root).segment(number));
  }

  private DiskManifest manifest(Vault vault, String root) {
    synchronized (manifests) {
      DiskManifest known = manifests.get(root);
      if (known != null) {
        return known;
      }
    }
    DiskManifest loaded = vault.loadDiskManifest(Digest.ofHex(root));
    synchronized (manifests) {
      manifests.put(root, loaded);
    }
    return loaded;
  }
}
