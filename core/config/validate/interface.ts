/** Interfaces that a configuration names. */
import type { Word } from "../text.ts";
import { type Context, error, note } from "./context.ts";

/** Whether an interface of that name is known not to exist. */
function isMissing(context: Context, name: string): boolean {
  return context.facts.interfaceExists(name) === false;
}

/**
 * Reports an interface that does not exist: fatal, unless `dynamic_interfaces` lets it come later.
 *
 * @param use what it is for, such as `vrrp_instance VI_1`
 * @param fatal false where keepalived goes on without
 * @param exit what it exits with when it checks
 */
export function checkInterface(
  context: Context,
  word: Word,
  use: string,
  fatal = true,
  exit: 0 | 4 | 5 = fatal ? 5 : 0,
): void {
  if (!isMissing(context, word.text)) return;
  if (context.global.dynamicInterfaces) {
    return note(context, word, "missing-interface", `Interface "${word.text}" for ${use} does not exist yet`);
  }
  error(
    context,
    word,
    "missing-interface",
    `Cannot use interface "${word.text}" for ${use}: no such interface`,
    {
      allowed: "an existing interface, or any name with dynamic_interfaces in global_defs",
      suggestion: withoutSemicolon(context, word.text),
      exit,
      fatal,
    },
  );
}

function withoutSemicolon(context: Context, name: string): string | null {
  const bare = name.replace(/[;,]+$/, "");
  return bare !== name && context.facts.interfaceExists(bare) === true ? bare : null;
}

/** Whether a name is a mark of omission or other junk rather than an interface: no letter and no digit in it. */
export function isJunkName(name: string): boolean {
  return !/[\p{L}\p{N}]/u.test(name);
}
