/**
 * Fields that may be templates.
 *
 * @module
 */
import { z } from "zod";

/** What a text has that holds a template. */
const TEMPLATE = /\$\{\{/;

/**
 * A field that takes what `schema` takes, or a text with a template in it. The
 * template is rendered before the stage begins and the result read by the same
 * schema again: what is still a text then did not give what is needed.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { z } from "zod";
 *
 * const seconds = templated(z.number().min(0));
 * assert.ok(seconds.safeParse(5).success);
 * assert.ok(seconds.safeParse("${{ params.seconds }}").success);
 * assert.ok(!seconds.safeParse("5").success);
 * ```
 */
export function templated<Schema extends z.ZodType>(
  schema: Schema,
): z.ZodUnion<readonly [Schema, z.ZodString]> {
  const template = z.string().regex(TEMPLATE);
  // A union says only that nothing fits; what the schema itself says is the better answer.
  return z.union([schema, template], {
    error: (issue) => {
      const [ofSchema] = issue.code === "invalid_union" ? issue.errors : [];
      return ofSchema?.[0]?.message;
    },
  });
}
