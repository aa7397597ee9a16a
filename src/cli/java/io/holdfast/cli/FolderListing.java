package io.holdfast.cli;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The first names of a folder's blobs behind some name, in the order of full names as Blob Storage
 * has it. Folders that lie wholly before it are not looked into, so that a page costs about its own
 * length.
 *
 * @param after the name to go on behind; empty to begin
 * @param namesMax how many names are wanted at most
 */
record FolderListing(Path root, String prefix, String after, int namesMax) {
  List<String> names() throws IOException {
    List<String> names = new ArrayList<>();
    // Only the folder that the prefix ends in has to be looked through.
    collect(prefix.substring(0, prefix.lastIndexOf('/') + 1), names);
    return names;
  }

  private void collect(String folder, List<String> names) throws IOException {
    for (String name : children(folder)) {
      if (names.size() == namesMax) {
        return;
      }
      if (!name.startsWith(prefix)) {
        continue;
      }
      boolean behind = name.compareTo(after) > 0;
      if (!name.endsWith("/")) {
        if (behind) {
          names.add(name);
        }
      } else if (behind || after.startsWith(name)) {
        collect(name, names);
      }
    }
  }

  /** Full names in a folder, hidden ones left out; a folder ends with a slash, and sorts so. */
  private List<String> children(String folder) throws IOException {
    List<String> names = new ArrayList<>();
    Path at = root.resolve(folder);
    if (isHidden(folder) || !Files.isDirectory(at)) {
      return names;
    }
    try (DirectoryStream<Path> children = Files.newDirectoryStream(at)) {
      for (Path child : children) {
        String name = folder + child.getFileName();
        if (!isHidden(name)) {
          names.add(Files.isDirectory(child) ? name + "/" : name);
        }
      }
    } catch (NoSuchFileException e) {
      // A folder that went away meanwhile has nothing to list.
      names.clear();
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    Collections.sort(names);
    return names;
  }

  /** Whether a part of the name begins with a dot: such files are the folder's own. */
  static boolean isHidden(String name) {
    return name.startsWith(".") || name.contains("/.");
  }
}
