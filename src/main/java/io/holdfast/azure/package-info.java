/** The adapters: the only package that knows the Azure SDK. */
package io.holdfast.azure;
