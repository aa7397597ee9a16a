/** The local stack's three processes: how they start, are watched and end. */
package io.holdfast.local.serve;
