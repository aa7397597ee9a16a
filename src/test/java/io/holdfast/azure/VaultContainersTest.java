package io.holdfast.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.failure.Invalid;
import java.util.List;
import org.junit.jupiter.api.Test;

class VaultContainersTest {
  @Test
  void takesUrlsOfContainers() {
    for (String url :
        List.of(
            "https://acct.blob.core.windows.net/holdfast",
            "https://acct.blob.core.windows.net/holdfast/",
            "https://acct.z01.blob.storage.azure.net/a-b-1?sv=2022-11-02&sig=x%2By",
            "http://127.0.0.1:10000/devstoreaccount1/holdfast",
            "http://localhost:10000/devstoreaccount1/holdfast")) {
      assertThat(VaultContainers.faultOf(url)).as(url).isEmpty();
    }
  }

  @Test
  void namesWhatIsWrongWithOthersWithoutTheirSignature() {
    for (String url :
        List.of(
            "https://acct.blob.core.windows.net/?sig=hidden",
            "https://acct.blob.core.windows.net/a/b?sig=hidden",
            "https://acct.blob.core.windows.net/UPPER?sig=hidden",
            "http://acct.blob.core.windows.net/holdfast?sig=hidden",
            "http://127.0.0.1:10000/other/holdfast?sig=hidden",
            "http://10.0.0.1/devstoreaccount1/holdfast?sig=hidden",
            "http://127.0.0.1:10000/devstoreaccount1/?sig=hidden",
            "ftp://acct/holdfast?sig=hidden",
            "https://?sig=hidden",
            "https://a b/c?sig=hidden")) {
      assertThat(VaultContainers.faultOf(url)).as(url).isNotEmpty().doesNotContain("hidden");
      assertThatThrownBy(() -> VaultContainers.open(url))
          .isInstanceOf(Invalid.class)
          .hasMessageNotContaining("hidden");
    }
  }
}
