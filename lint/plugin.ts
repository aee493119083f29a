/**
 * The house rules as lint rules, named `ha/…`. What each asks for and why stands in `docs/development.md`.
 */
import { documentedExports } from "./rules/documented_exports.ts";
import { errorClass } from "./rules/error_class.ts";
import { focusedTests } from "./rules/focused_tests.ts";
import { kernelInFfi } from "./rules/kernel_in_ffi.ts";
import { layers } from "./rules/layers.ts";
import { moduleState } from "./rules/module_state.ts";
import { pureCore } from "./rules/pure_core.ts";
import { silentSkips } from "./rules/silent_skips.ts";
import { size } from "./rules/size.ts";
import { strictNumbers } from "./rules/strict_numbers.ts";

const plugin: Deno.lint.Plugin = {
  name: "ha",
  rules: {
    "layers": layers,
    "pure-core": pureCore,
    "kernel-in-ffi": kernelInFfi,
    "error-class": errorClass,
    "module-state": moduleState,
    "strict-numbers": strictNumbers,
    "focused-tests": focusedTests,
    "silent-skips": silentSkips,
    "documented-exports": documentedExports,
    "size": size,
  },
};

export default plugin;
