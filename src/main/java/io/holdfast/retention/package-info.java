/**
 * How long recovery points are kept: pure functions of the points of one item, a rule, a zone and a
 * time. Nothing is deleted here. {@code docs/retention.md} is the user's page. Depends on no other
 * package.
 */
package io.holdfast.retention;
