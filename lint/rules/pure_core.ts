import { isIn } from "../place.ts";
import { dottedName, isDeclaration, isValueReference, parentOf } from "../syntax.ts";

/** What `core/` may not name, with what to do instead. Names of the web platform fail its type check, too. */
const FORBIDDEN: Readonly<Record<string, string>> = {
  Deno: "the edge does that and tells the engine by an event",
  process: "the edge does that and tells the engine by an event",
  fetch: "ask for it with an effect",
  console: "return a log effect",
  Date: "time is an argument",
  Temporal: "time is an argument",
  performance: "time is an argument",
  setTimeout: "a timer is a field; see nextWakeup()",
  setInterval: "a timer is a field; see nextWakeup()",
  setImmediate: "a timer is a field; see nextWakeup()",
  queueMicrotask: "the engine is synchronous",
  Promise: "the engine is synchronous",
  Atomics: "the engine is synchronous",
  crypto: "randomness is an argument",
  "Math.random": "randomness is an argument",
  Intl: "the machine's locale must not matter",
  globalThis: "name what you need as an argument",
  WeakRef: "the garbage collector must not matter",
  FinalizationRegistry: "the garbage collector must not matter",
  eval: "code is not data here",
  Function: "code is not data here",
};

/** Methods whose answer depends on the machine's locale or time zone. */
const LOCAL_METHODS: readonly string[] = [
  "localeCompare",
  "toLocaleString",
  "toLocaleLowerCase",
  "toLocaleUpperCase",
];

/** `core/` is deterministic: no clock, timer, randomness, console, runtime, waiting or locale. */
export const pureCore: Deno.lint.Rule = {
  create(context) {
    if (!isIn(context.filename, "core")) return {};
    const declared = new Set<string>();
    // By place in the text: `{ Date }` is a key and a value at once.
    const uses = new Map<number, { readonly node: Deno.lint.Identifier; readonly name: string }>();
    const waiting = (node: Deno.lint.Node) =>
      context.report({ node, message: "Cannot wait in core: the engine is synchronous" });
    return {
      Identifier(node) {
        if (isDeclaration(node)) declared.add(node.name);
        else if (isValueReference(node)) uses.set(node.range[0], { node, name: forbiddenName(node) });
      },
      MemberExpression(node) {
        const { property } = node;
        if (!node.computed && property.type === "Identifier" && LOCAL_METHODS.includes(property.name)) {
          context.report({
            node,
            message: `Cannot use ${property.name} in core: it depends on the machine's locale`,
          });
        }
      },
      AwaitExpression: waiting,
      "ForOfStatement[await=true]": waiting,
      "FunctionDeclaration[async=true]": waiting,
      "FunctionExpression[async=true]": waiting,
      "ArrowFunctionExpression[async=true]": waiting,
      "Program:exit"() {
        for (const { node, name } of uses.values()) {
          const reason = Object.hasOwn(FORBIDDEN, name) ? FORBIDDEN[name] : null;
          if (reason && !declared.has(node.name)) {
            context.report({ node, message: `Cannot use ${name} in core: ${reason}` });
          }
        }
      },
    };
  },
};

/** `Math.random` for the `Math` in it, otherwise the identifier's own name. */
function forbiddenName(node: Deno.lint.Identifier): string {
  const parent = parentOf(node);
  const whole = parent?.type === "MemberExpression" ? dottedName(parent) : null;
  return whole && Object.hasOwn(FORBIDDEN, whole) ? whole : node.name;
}
