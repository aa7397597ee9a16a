package io.holdfast.local.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuestTest {
  @TempDir Path dir;
  private Path disk;

  @BeforeEach
  void makeDisk() throws Exception {
    disk = dir.resolve("disk.raw");
    try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength(DemoVm.DISK_BYTES);
    }
  }

  @Test
  void withoutToolsADiskHoldsPlainDataAndTheGuestSaysWhatToInstall() throws Exception {
    Guest guest = new Guest(new Tools(List.of()), dir);
    String ext4 = guest.fillExt4(disk);
    assertThat(ext4).contains("without a file system").contains("apt-get install e2fsprogs");
    assertThat(guest.fillNtfs(disk)).contains("apt-get install ntfs-3g");
    assertThat(Files.size(disk)).isEqualTo(DemoVm.DISK_BYTES);
    Chunks before = Chunks.of(disk);
    guest.change(disk, ext4);
    assertThat(Chunks.of(disk).changedBytes(before)).isEqualTo(3L * Chunks.BYTES);
  }

  @Test
  void aDiskWithExt4KeepsItsSizeAndTakesAFileAndStaysClean() throws Exception {
    Tools tools = Tools.ofThisMachine();
    assumeTrue(tools.have("mke2fs", "debugfs", "e2fsck"), "e2fsprogs are not here");
    Guest guest = new Guest(tools, dir);
    String ext4 = guest.fillExt4(disk);
    assertThat(ext4).startsWith("ext4");
    assertThat(Files.size(disk)).isEqualTo(DemoVm.DISK_BYTES);
    Chunks before = Chunks.of(disk);
    guest.change(disk, ext4);
    assertThat(tools.run("debugfs", "-R", "stat /new.bin", disk.toString()))
        .contains("Size: 1572864");
    tools.run("e2fsck", "-fn", disk.toString());
    assertThat(Chunks.of(disk).changedBytes(before))
        .isBetween((long) Chunks.BYTES, 10L * Chunks.BYTES);
  }

  @Test
  void aDiskWithNtfsKeepsItsSizeAndTakesAFile() throws Exception {
    Tools tools = Tools.ofThisMachine();
    assumeTrue(tools.have("mkntfs", "ntfscp", "ntfsls"), "ntfs-3g is not here");
    Guest guest = new Guest(tools, dir);
    String ntfs = guest.fillNtfs(disk);
    assertThat(ntfs).startsWith("NTFS");
    assertThat(Files.size(disk)).isEqualTo(DemoVm.DISK_BYTES);
    guest.change(disk, ntfs);
    assertThat(tools.run("ntfsls", disk.toString())).contains("file0").contains("new.bin");
  }
}
