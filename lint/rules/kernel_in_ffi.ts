import { isIn } from "../place.ts";
import { dottedName } from "../syntax.ts";

/** `Deno.dlopen` and raw pointers are for `ffi/` (and its tests) alone. */
export const kernelInFfi: Deno.lint.Rule = {
  create(context) {
    if (isIn(context.filename, "ffi", "tests/ffi")) return {};
    return {
      MemberExpression(node) {
        const name = dottedName(node);
        if (name && /^Deno\.(dlopen|Unsafe\w+)$/.test(name)) {
          context.report({ node, message: `Cannot use ${name} outside ffi: raw system calls have one home` });
        }
      },
    };
  },
};
