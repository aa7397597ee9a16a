/** Azure Compute as a backup needs it: one port and the values that it deals in. */
package io.holdfast.disk;
