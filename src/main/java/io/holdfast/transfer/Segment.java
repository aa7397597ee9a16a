package io.holdfast.transfer;

import io.holdfast.disk.DiskReader;
import io.holdfast.vault.SegmentIndex;

/**
 * A segment to move.
 *
 * @param number of the segment in its disk
 * @param base the same segment of the base; the zero segment where there is none
 * @param keepsBase whether a chunk that is not touched is the base's ({@code SnapshotDiff}); else
 *     it is zeros
 * @param touched what its change list names
 * @param reader of the disk as it is to be kept
 * @param source what the reader reads, by a name that does not change: its pace is remembered
 */
public record Segment(
    SegmentGrid grid,
    int number,
    SegmentIndex base,
    boolean keepsBase,
    SegmentGrid.Touched touched,
    DiskReader reader,
    String source) {}
