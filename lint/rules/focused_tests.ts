import { dottedName, parentOf } from "../syntax.ts";

/** A focused test switches off all its neighbours. */
export const focusedTests: Deno.lint.Rule = {
  create(context) {
    const report = (node: Deno.lint.Node) =>
      context.report({ node, message: "Cannot focus on one test: the others would not run" });
    return {
      CallExpression(node) {
        const name = dottedName(node.callee);
        if (name && /^(Deno\.test|test|it|describe|suite)\.only$/.test(name)) report(node);
      },
      Property(node) {
        const named = node.key.type === "Identifier" && node.key.name === "only";
        const isTrue = node.value.type === "Literal" && node.value.value === true;
        if (named && isTrue && parentOf(node.parent)?.type === "CallExpression") report(node);
      },
    };
  },
};
