/** The command line and offline reader: a vault is listed, verified and read with no service. */
package io.holdfast.cli;
