/** The functions, thin, and the composition root: the only package that knows Azure Functions. */
package io.holdfast.function;
