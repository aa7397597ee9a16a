/** What a change of a policy would do and cost, before anybody makes it. */
package io.holdfast.plan;
