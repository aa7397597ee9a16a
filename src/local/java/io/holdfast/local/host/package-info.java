/**
 * The dev host: runs a packaged function app as the Azure Functions host and its Java worker would,
 * for queue, timer and HTTP triggers. It knows the app only by the files of its package.
 */
package io.holdfast.local.host;
