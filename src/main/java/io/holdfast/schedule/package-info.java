/** When backups are due. */
package io.holdfast.schedule;
