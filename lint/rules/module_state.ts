import { isIn } from "../place.ts";
import { isTopLevel } from "../syntax.ts";

/** A module holds no state of its own and waits for nothing when imported. */
export const moduleState: Deno.lint.Rule = {
  create(context) {
    if (!isIn(context.filename, "core", "ffi", "web", "cli")) return {};
    const waiting = (node: Deno.lint.Node) => {
      if (isTopLevel(node)) {
        context.report({
          node,
          message: "Cannot await at the top level: a module does nothing when imported",
        });
      }
    };
    return {
      VariableDeclaration(node) {
        if ((node.kind === "let" || node.kind === "var") && isTopLevel(node)) {
          context.report({
            node,
            message: `Cannot use a top-level ${node.kind}: state belongs to whoever created it`,
          });
        }
      },
      AwaitExpression: waiting,
      "ForOfStatement[await=true]": waiting,
    };
  },
};
