/**
 * The main job, end to end, for a person who watches: a client of the stack's public faces only.
 */
package io.holdfast.local.demo;
