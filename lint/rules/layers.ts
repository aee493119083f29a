import { forbiddenImport } from "../layers.ts";
import { pathInRepository } from "../place.ts";

/** The import table of `layers.ts`: a room imports only what lies below it. */
export const layers: Deno.lint.Rule = {
  create(context) {
    const path = pathInRepository(context.filename);
    const check = (node: Deno.lint.Node, specifier: unknown) => {
      const reason = typeof specifier === "string" ? forbiddenImport(path, specifier) : null;
      if (reason) context.report({ node, message: `Cannot import "${specifier}" here: ${reason}` });
    };
    return {
      ImportDeclaration: (node) => check(node, node.source.value),
      ExportAllDeclaration: (node) => check(node, node.source.value),
      ExportNamedDeclaration: (node) => check(node, node.source?.value),
      ImportExpression: (node) => check(node, literalValue(node.source)),
      TSImportType: (node) => check(node, literalValue(node.argument)),
    };
  },
};

function literalValue(node: Deno.lint.Node): unknown {
  if (node.type === "TSLiteralType") return literalValue(node.literal);
  return node.type === "Literal" ? node.value : null;
}
