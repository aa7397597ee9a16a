/** The wire protocol: what the queues carry. Depends on nothing. */
package io.holdfast.work;
