import { isProduct } from "../place.ts";

/** An error's class says its kind: `new Error(…)` is for tests. */
export const errorClass: Deno.lint.Rule = {
  create(context) {
    if (!isProduct(context.filename)) return {};
    const check = (node: Deno.lint.NewExpression | Deno.lint.CallExpression) => {
      if (node.callee.type === "Identifier" && node.callee.name === "Error") {
        context.report({
          node,
          message: "Cannot create a bare Error: its class says the kind",
          hint: "Use RangeError, TypeError or a class of this module's own; an expected failure is a value",
        });
      }
    };
    return { NewExpression: check, CallExpression: check };
  },
};
