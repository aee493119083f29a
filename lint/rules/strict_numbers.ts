import { dottedName } from "../syntax.ts";

/** The lenient number parsers read `12abc` as 12. */
export const strictNumbers: Deno.lint.Rule = {
  create(context) {
    return {
      CallExpression(node) {
        const name = dottedName(node.callee);
        if (name && /^((Number|globalThis)\.)?parse(Int|Float)$/.test(name)) {
          context.report({
            node,
            message: `Cannot use ${name}: it accepts rubbish behind the number`,
            hint: "Match the digits, then call Number",
          });
        }
      },
    };
  },
};
