/**
 * `ha`: the program when run, the library face when imported.
 */
export type { Model } from "./core/config/model.ts";
export type { Effect } from "./core/engine/effect.ts";
export type { Engine, EngineSnapshot } from "./core/engine/engine.ts";
export type { Event } from "./core/engine/event.ts";
export type { Status, StatusSource } from "./core/engine/status.ts";

if (import.meta.main) {
  const { main, wordsOf } = await import("./cli/main.ts");
  // The engine thread never ends by itself.
  Deno.exit(await main(wordsOf(Deno.args)));
}
