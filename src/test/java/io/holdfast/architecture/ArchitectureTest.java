package io.holdfast.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Which package may see which, and what only some may call. */
class ArchitectureTest {
  private static final JavaClasses ALL =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.holdfast");

  private static final String CLI = "io.holdfast.cli..";
  private static final String LOCAL = "io.holdfast.local..";

  /** What is deployed. */
  private static final JavaClasses MAIN =
      ALL.that(
          DescribedPredicate.describe(
              "main code", type -> !resideInAnyPackage(CLI, LOCAL).test(type)));

  private static void mayUse(String user, String... used) {
    String[] packages = new String[used.length + 1];
    packages[0] = "io.holdfast." + user + "..";
    for (int i = 0; i < used.length; i++) {
      packages[i + 1] = "io.holdfast." + used[i] + "..";
    }
    DescribedPredicate<JavaClass> strangers =
        resideInAPackage("io.holdfast..").and(not(resideInAnyPackage(packages)));
    noClasses()
        .that()
        .resideInAPackage(packages[0])
        .should()
        .dependOnClassesThat(strangers.as("another package of the app than it may see"))
        .check(MAIN);
  }

  @Test
  void the_rules_look_at_all_of_the_code() {
    assertThat(MAIN).hasSizeGreaterThan(150).hasSizeLessThan(ALL.size());
    assertThat(ALL.contain("io.holdfast.cli.Main")).isTrue();
    assertThat(ALL.contain("io.holdfast.local.Main")).isTrue();
    assertThat(MAIN.contain("io.holdfast.function.App")).isTrue();
  }

  @Test
  void each_package_sees_what_is_below_it() {
    mayUse("failure");
    mayUse("work");
    mayUse("disk", "failure");
    mayUse("vault", "failure");
    mayUse("catalogue", "failure", "vault", "disk");
    mayUse("transfer", "failure", "vault", "disk", "catalogue");
    mayUse("backup", "failure", "vault", "disk", "catalogue", "work", "transfer");
    mayUse("schedule", "failure", "vault", "disk", "catalogue", "work");
    mayUse("plan", "failure", "vault", "disk", "catalogue", "work", "schedule", "retention");
    mayUse("retention", "failure", "vault", "disk", "catalogue", "work");
  }

  @Test
  void azure_sees_the_ports_and_the_failures() {
    mayUse("azure", "failure", "disk", "vault", "catalogue");
    noClasses()
        .that()
        .resideInAPackage("io.holdfast.azure..")
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("io.holdfast.vault..", "io.holdfast.catalogue..")
                .and(
                    DescribedPredicate.describe(
                        "more than a port and its limits",
                        type ->
                            !type.getFullName().startsWith("io.holdfast.vault.BlobStore")
                                && !type.getFullName().startsWith("io.holdfast.catalogue.Table"))))
        .check(MAIN);
  }

  @Test
  void only_the_composition_root_sees_azure() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.holdfast.azure..")
        .and()
        .doNotHaveFullyQualifiedName("io.holdfast.function.App")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.holdfast.azure..")
        .check(MAIN);
  }

  @Test
  void features_do_not_see_each_other() {
    SlicesRuleDefinition.slices()
        .matching("io.holdfast.(backup|schedule|retention)..")
        .should()
        .notDependOnEachOther()
        .check(MAIN);
  }

  @Test
  void no_packages_depend_on_each_other_in_a_circle() {
    SlicesRuleDefinition.slices()
        .matching("io.holdfast.(*)..")
        .should()
        .beFreeOfCycles()
        .check(MAIN);
  }

  @Test
  void only_azure_knows_the_sdk() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.holdfast.azure..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("com.azure..")
        .check(MAIN);
  }

  @Test
  void only_function_knows_the_functions_library() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.holdfast.function..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("com.microsoft.azure.functions..")
        .check(MAIN);
  }

  @Test
  void what_is_deployed_sees_neither_the_command_line_nor_the_local_stack() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(CLI, LOCAL, "picocli..", "org.eclipse.jetty..")
        .check(MAIN);
  }

  @Test
  void the_local_stack_sees_nothing_of_the_app() {
    noClasses()
        .that()
        .resideInAPackage(LOCAL)
        .should()
        .dependOnClassesThat(resideInAPackage("io.holdfast..").and(not(resideInAPackage(LOCAL))))
        .check(ALL);
  }

  /**
   * One place makes an id of its own: a vault's id must not derive from anything, and no request
   * asks for it.
   */
  @Test
  void time_and_chance_are_given_to_everything_but_the_functions() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.holdfast.function..")
        .should()
        .callMethod(Instant.class, "now")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(InstantSource.class, "system")
        .orShould()
        .callMethod(Math.class, "random")
        .orShould()
        .callConstructor(Random.class)
        .check(MAIN);
    noClasses()
        .that()
        .resideOutsideOfPackage("io.holdfast.function..")
        .and()
        .doNotHaveFullyQualifiedName("io.holdfast.catalogue.OwnVault")
        .and()
        .doNotHaveFullyQualifiedName("io.holdfast.catalogue.Catalogue")
        .should()
        .callMethod(UUID.class, "randomUUID")
        .check(MAIN);
  }

  @Test
  void nobody_sleeps() {
    noClasses()
        .should()
        .callMethod(Thread.class, "sleep", long.class)
        .orShould()
        .callMethod(Thread.class, "sleep", long.class, int.class)
        .orShould()
        .callMethod(java.util.concurrent.TimeUnit.class, "sleep", long.class)
        .check(MAIN);
  }

  @Test
  void nobody_prints_and_nobody_ends_the_process() {
    noClasses()
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .orShould()
        .callMethod(System.class, "exit", int.class)
        .orShould()
        .callMethod(Throwable.class, "printStackTrace")
        .check(MAIN);
  }

  @Test
  void nothing_is_injected_into_fields() {
    fields()
        .should()
        .notBeAnnotatedWith("javax.inject.Inject")
        .andShould()
        .notBeAnnotatedWith("jakarta.inject.Inject")
        .andShould()
        .notBeAnnotatedWith("org.springframework.beans.factory.annotation.Autowired")
        .check(MAIN);
    // The host shares one instance of a function class among concurrent calls.
    fields()
        .that()
        .areDeclaredInClassesThat()
        .resideInAPackage("io.holdfast.function..")
        .and(
            DescribedPredicate.<JavaField>describe(
                "are of a class with functions",
                field ->
                    field.getOwner().getMethods().stream()
                        .anyMatch(
                            method ->
                                method.isAnnotatedWith(
                                    "com.microsoft.azure.functions.annotation.FunctionName"))))
        .should()
        .beFinal()
        .check(MAIN);
  }

  @Test
  void nobody_fails_by_anything_but_the_three_failures_and_bugs() {
    classes()
        .that()
        .areAssignableTo(RuntimeException.class)
        .should()
        .resideInAPackage("io.holdfast.failure..")
        .check(MAIN);
  }
}
