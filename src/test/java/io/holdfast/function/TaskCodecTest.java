package io.holdfast.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.failure.Invalid;
import io.holdfast.fake.MemoryVm;
import io.holdfast.work.Queues;
import io.holdfast.work.Task;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TaskCodecTest {
  private static final String JOB =
      "a8282f87-25c0-32d0-b974-2ae778942970-j20260302100000123-abcdef";

  static Stream<Task> tasks() {
    return Stream.of(
        new Task.StartBackup(MemoryVm.idOf("vm1"), JOB, null, null, 0),
        new Task.StartBackup(
            MemoryVm.idOf("vm1"), null, "nightly", Instant.parse("2026-03-02T10:00:00Z"), 30),
        new Task.AwaitSnapshot(JOB, 2, 17),
        new Task.PlanDisk(JOB, "lun3", 1),
        new Task.Transfer(JOB, "os", 1, 3, 20_480_000L),
        new Task.Finalize(JOB),
        new Task.Retain("item"));
  }

  @ParameterizedTest
  @MethodSource("tasks")
  void a_message_reads_back_as_it_was_written(Task task) {
    String body = TaskCodec.encode(task);

    assertThat(TaskCodec.decode(body)).isEqualTo(task);
    assertThat(body).startsWith("{\"kind\":\"").contains("\"version\":1").hasSizeLessThan(1_000);
  }

  @Test
  void every_kind_of_task_has_a_queue_and_is_tested_here() {
    List<Class<?>> tested = tasks().<Class<?>>map(Task::getClass).distinct().toList();
    assertThat(tested).hasSameElementsAs(List.of(Task.class.getPermittedSubclasses()));
    assertThat(tasks().map(Task::queue).distinct()).hasSameElementsAs(Queues.ALL);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "7",
        "null",
        "{",
        "{}",
        "{\"kind\":\"mow\",\"version\":1}",
        "{\"kind\":\"finalize\",\"jobId\":\"x\"}",
        "{\"kind\":\"finalize\",\"version\":0,\"jobId\":\"x\"}",
        "{\"kind\":\"finalize\",\"version\":1,\"jobId\":\"x\"} x",
        "{\"kind\":\"finalize\",\"version\":1,\"jobId\":\"x\"}{}",
        "{\"kind\":\"finalize\",\"version\":1}",
        "{\"kind\":\"finalize\",\"version\":1,\"jobId\":\"x\",\"more\":1}",
        "{\"kind\":\"planDisk\",\"version\":1,\"jobId\":\"x\",\"disk\":\"os\",\"plan\":null}",
        "{\"kind\":\"planDisk\",\"version\":1,\"jobId\":\"x\",\"disk\":\"os\",\"plan\":\"one\"}"
      })
  void what_is_no_message_is_refused(String body) {
    assertThatThrownBy(() -> TaskCodec.decode(body))
        .isInstanceOfSatisfying(
            Invalid.class, e -> assertThat(e.code()).isEqualTo("UnknownMessage"));
  }

  @Test
  void a_newer_version_says_to_update() {
    assertThatThrownBy(
            () -> TaskCodec.decode("{\"kind\":\"finalize\",\"version\":2,\"jobId\":\"x\"}"))
        .isInstanceOf(Invalid.class)
        .hasMessageContaining("version 2")
        .hasMessageContaining("update the app");
  }
}
