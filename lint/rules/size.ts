import { isProduct } from "../place.ts";

/** Lines from which on a file is split. */
const MOST_FILE_LINES = 450;
/** Lines from which on a function is split. */
const MOST_FUNCTION_LINES = 80;

/** A file over 450 lines or a function over 80 has two jobs. */
export const size: Deno.lint.Rule = {
  create(context) {
    if (!isProduct(context.filename)) return {};
    const checkFunction = (node: Deno.lint.Node) => {
      const lines = countLines(context.sourceCode.getText(node));
      if (lines > MOST_FUNCTION_LINES) {
        context.report({
          node,
          message: `Cannot keep a function of ${lines} lines: ${MOST_FUNCTION_LINES} is the most`,
        });
      }
    };
    return {
      Program(node) {
        const lines = countLines(context.sourceCode.text.trimEnd());
        if (lines > MOST_FILE_LINES) {
          context.report({
            node,
            message: `Cannot keep a file of ${lines} lines: ${MOST_FILE_LINES} is the most`,
          });
        }
      },
      FunctionDeclaration: checkFunction,
      FunctionExpression: checkFunction,
      ArrowFunctionExpression: checkFunction,
    };
  },
};

function countLines(text: string): number {
  return text.split("\n").length;
}
