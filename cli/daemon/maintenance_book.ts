/**
 * What is in maintenance, and what of it outlives the daemon.
 */
import type { MaintenanceOrder } from "../../core/engine/event.ts";
import type { Message } from "../../core/engine/message.ts";
import { EXIT, reasonOf, Refusal } from "../exit_codes.ts";
import { writeWholeSync } from "../whole_file.ts";
import { notice } from "./log.ts";

const NOTHING: MaintenanceOrder = { all: false, names: [] };

/** The order in force, and the file with the part of it that the next daemon begins with. */
export class MaintenanceBook {
  readonly #path: string;
  readonly #log: (message: Message) => void;
  #order: MaintenanceOrder;
  #kept: MaintenanceOrder;

  /** Begins with what the file says; one that cannot be read is logged and counts as empty. */
  constructor(path: string, log: (message: Message) => void) {
    this.#path = path;
    this.#log = log;
    this.#kept = read(path, log);
    this.#order = this.#kept;
  }

  /** What is in maintenance now. */
  get order(): MaintenanceOrder {
    return this.#order;
  }

  /** What the next daemon begins with. */
  get kept(): MaintenanceOrder {
    return this.#kept;
  }

  /**
   * Puts instances into maintenance (null: all of this node); with `persist` also for the next daemon.
   *
   * @throws {Refusal} where that cannot be written down; nothing has changed then
   */
  on(names: readonly string[] | null, persist: boolean): void {
    if (persist) {
      const refused = this.#keep(added(this.#kept, names));
      if (refused !== null) {
        throw new Refusal(`Cannot keep the maintenance for after a restart: ${refused}`, EXIT.fatal);
      }
    }
    this.#order = added(this.#order, names);
  }

  /**
   * Takes instances out of it, also for the next daemon; `known` are the names of all. A full disk keeps nobody out of
   * service: that the file is still the old one is logged.
   */
  off(names: readonly string[] | null, known: readonly string[]): void {
    this.#order = removed(this.#order, names, known);
    const refused = this.#keep(removed(this.#kept, names, known));
    if (refused === null) return;
    const text =
      `Cannot write "${this.#path}": ${refused}; the next daemon begins with the maintenance again`;
    this.#log(notice("error", "maintenance.unwritten", text));
  }

  /** Writes down what the next daemon begins with; returns why it could not. */
  #keep(order: MaintenanceOrder): string | null {
    if (JSON.stringify(order) === JSON.stringify(this.#kept)) return null;
    try {
      if (isEmpty(order)) removeFile(this.#path);
      else writeWholeSync(this.#path, JSON.stringify(order) + "\n");
    } catch (error) {
      return reasonOf(error);
    }
    this.#kept = order;
    return null;
  }
}

function removeFile(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Whether an order is about nothing. */
export function isEmpty({ all, names }: MaintenanceOrder): boolean {
  return !all && names.length === 0;
}

function added(order: MaintenanceOrder, names: readonly string[] | null): MaintenanceOrder {
  if (names === null || order.all) return { all: true, names: [] };
  return { all: false, names: [...new Set([...order.names, ...names])] };
}

function removed(
  order: MaintenanceOrder,
  names: readonly string[] | null,
  known: readonly string[],
): MaintenanceOrder {
  if (names === null) return NOTHING;
  const left = order.all ? known : order.names;
  return { all: false, names: left.filter((name) => !names.includes(name)) };
}

function read(path: string, log: (message: Message) => void): MaintenanceOrder {
  try {
    const { all, names } = JSON.parse(Deno.readTextFileSync(path)) as Partial<MaintenanceOrder>;
    if (
      typeof all !== "boolean" || !Array.isArray(names) || !names.every((name) => typeof name === "string")
    ) {
      throw new TypeError("it is not one of ours");
    }
    return { all, names };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      log(notice("error", "maintenance.unreadable", `Cannot read "${path}": ${reasonOf(error)}`));
    }
    return NOTHING;
  }
}
