/** A skip says why: `ignore: true` and `Deno.test.ignore` do not. */
import { dottedName, parentOf } from "../syntax.ts";

/** Tests are skipped on a condition with a reason in their name, never for good. */
export const silentSkips: Deno.lint.Rule = {
  create(context) {
    const report = (node: Deno.lint.Node) =>
      context.report({ node, message: "Cannot skip a test for good: give the condition and the reason" });
    return {
      CallExpression(node) {
        const name = dottedName(node.callee);
        if (name && /^(Deno\.test|test|it|describe|suite)\.(ignore|skip)$/.test(name)) report(node);
      },
      Property(node) {
        const named = node.key.type === "Identifier" && node.key.name === "ignore";
        const isTrue = node.value.type === "Literal" && node.value.value === true;
        if (named && isTrue && parentOf(node.parent)?.type === "CallExpression") report(node);
      },
    };
  },
};
