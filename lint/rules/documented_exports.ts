import { isIn } from "../place.ts";

/** Every exported declaration of the product has a doc comment right above it. */
export const documentedExports: Deno.lint.Rule = {
  create(context) {
    if (!isIn(context.filename, "core", "ffi", "web", "cli")) return {};
    const { text } = context.sourceCode;
    const check = (node: Deno.lint.ExportNamedDeclaration | Deno.lint.ExportDefaultDeclaration) => {
      const name = declaredName(node.declaration);
      if (name === null || hasDocComment(text.slice(0, node.range[0]))) return;
      if (isLaterOverload(text, node, name)) return;
      context.report({ node, message: `Cannot export ${name} without a doc comment` });
    };
    return { ExportNamedDeclaration: check, ExportDefaultDeclaration: check };
  },
};

/** Whether the text before a declaration ends in a doc comment, linter directives between them aside. */
function hasDocComment(before: string): boolean {
  const text = before.replace(/(\s*\/\/ deno-lint-ignore[^\n]*\n)+\s*$/, "").trimEnd();
  if (!text.endsWith("*/")) return false;
  return text.startsWith("/**", text.lastIndexOf("/*"));
}

/** Overloads and the body that follows them share the first one's comment. */
function isLaterOverload(text: string, node: Deno.lint.Node, name: string): boolean {
  return new RegExp(`^export (default )?(async )?function\\*? ${escape(name)}\\b`, "m").test(
    text.slice(0, node.range[0]),
  );
}

function escape(name: string): string {
  return name.replaceAll("$", "\\$");
}

/** The name that an export declares; null where it only passes on names declared elsewhere. */
function declaredName(node: Deno.lint.Node | null): string | null {
  if (!node) return null;
  if (node.type === "VariableDeclaration") return nameOf(node.declarations[0].id);
  return "id" in node ? nameOf(node.id as Deno.lint.Node | null) : null;
}

function nameOf(node: Deno.lint.Node | null): string {
  return node?.type === "Identifier" ? node.name : "default";
}
