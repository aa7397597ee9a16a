/** Holdfast: serverless backup of Azure virtual machines into a vault that its user owns. */
package io.holdfast;
