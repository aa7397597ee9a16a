package io.holdfast.backup;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.JobId;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.util.List;

/** Whoever finds no open row left, to the end of the query, sends for the end of the job. */
final class FanIn {
  private FanIn() {}

  static List<Next> whenNoneIsOpen(Catalogue catalogue, JobId id) {
    return catalogue.work().open(id).isEmpty()
        ? List.of(Next.now(new Task.Finalize(id.toString())))
        : List.of();
  }
}
