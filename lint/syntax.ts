/**
 * What the rules need to know about the syntax tree. The linter has no scopes, so names are told apart by where
 * they stand.
 */

type Node = Deno.lint.Node;

/** Where an identifier is only a name and no use of a value: `{ Date: 1 }`, `clock.Date`, `Date:` a label. */
const NAME_POSITIONS: Readonly<Record<string, readonly string[]>> = {
  MemberExpression: ["property"],
  Property: ["key"],
  PropertyDefinition: ["key"],
  MethodDefinition: ["key"],
  AccessorProperty: ["key"],
  LabeledStatement: ["label"],
  BreakStatement: ["label"],
  ContinueStatement: ["label"],
  ImportSpecifier: ["imported"],
  ExportSpecifier: ["exported"],
  MetaProperty: ["meta", "property"],
  JSXAttribute: ["name"],
};

/** Nodes that introduce the name in `id` or `local`. */
const DECLARING: readonly string[] = [
  "FunctionDeclaration",
  "FunctionExpression",
  "ClassDeclaration",
  "ClassExpression",
  "TSEnumDeclaration",
  "ImportSpecifier",
  "ImportDefaultSpecifier",
  "ImportNamespaceSpecifier",
  "CatchClause",
];

/** Nodes through which a pattern reaches the declaration that it belongs to. */
const PATTERN_PARTS: readonly string[] = [
  "ObjectPattern",
  "ArrayPattern",
  "RestElement",
  "Property",
  "AssignmentPattern",
  "TSParameterProperty",
];

/** Whether two handles mean the same piece of text; the linter may hand out a fresh object for a node. */
function sameNode(left: Node, right: Node): boolean {
  return left.type === right.type && left.range[0] === right.range[0] && left.range[1] === right.range[1];
}

/** The node around this one; the program itself has none. */
export function parentOf(node: Node): Node | null {
  return (node as { parent?: Node }).parent ?? null;
}

/** The field of its parent that holds `node`, or null. */
function fieldOf(parent: Node, node: Node, fields: readonly string[]): string | null {
  for (const field of fields) {
    const value = (parent as unknown as Record<string, Node | undefined>)[field];
    if (value && value.range && sameNode(value, node)) return field;
  }
  return null;
}

/** True where the identifier stands for a value in scope: not a type, a property's name or a label. */
export function isValueReference(node: Deno.lint.Identifier): boolean {
  const parent = parentOf(node);
  if (!parent) return false;
  if (parent.type.startsWith("TS") && !holdsValue(parent)) return false;
  const field = fieldOf(parent, node, NAME_POSITIONS[parent.type] ?? []);
  if (field === null) return true;
  return (parent as { computed?: boolean }).computed === true ||
    (parent as { shorthand?: boolean }).shorthand === true;
}

/** `x as T`, `x!`, `x satisfies T` and enum members hold a value beside the type. */
function holdsValue(node: Node): boolean {
  return ["TSAsExpression", "TSNonNullExpression", "TSSatisfiesExpression", "TSTypeAssertion", "TSEnumMember"]
    .includes(node.type);
}

/** True where the identifier introduces a name: a variable, a parameter, a function, a class or an import. */
export function isDeclaration(node: Deno.lint.Identifier): boolean {
  let child: Node = node;
  let parent = parentOf(node);
  while (parent && PATTERN_PARTS.includes(parent.type)) {
    if (parent.type === "AssignmentPattern" && !fieldOf(parent, child, ["left"])) return false;
    if (parent.type === "Property" && !fieldOf(parent, child, ["value"])) return false;
    child = parent;
    parent = parentOf(parent);
  }
  if (!parent) return false;
  if (parent.type === "VariableDeclarator") return fieldOf(parent, child, ["id"]) !== null;
  if (DECLARING.includes(parent.type) && fieldOf(parent, child, ["id", "local", "param"])) return true;
  return isParameter(parent, child);
}

function isParameter(parent: Node, child: Node): boolean {
  const parameters = (parent as unknown as { params?: readonly Node[] }).params;
  return Array.isArray(parameters) && parameters.some((parameter) => sameNode(parameter, child));
}

/** `Deno.dlopen`, `Number.parseInt`, `x.y.z`: the dotted name of an expression, or null where it has none. */
export function dottedName(node: Node): string | null {
  if (node.type === "Identifier") return node.name;
  if (node.type !== "MemberExpression") return null;
  const object = dottedName(node.object);
  const property = propertyName(node);
  return object === null || property === null ? null : `${object}.${property}`;
}

/** The property's name in `a.b` and `a["b"]`, or null where it is computed. */
function propertyName(node: Deno.lint.MemberExpression): string | null {
  if (!node.computed) return node.property.type === "Identifier" ? node.property.name : null;
  return node.property.type === "Literal" && typeof node.property.value === "string"
    ? node.property.value
    : null;
}

/** True where no function or class body lies between the node and the module. */
export function isTopLevel(node: Node): boolean {
  for (let at = parentOf(node); at; at = parentOf(at)) {
    if (/Function|^Class|^StaticBlock|^PropertyDefinition/.test(at.type)) return false;
  }
  return true;
}
