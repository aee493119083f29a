/**
 * Files that tell what the daemon does: the status as JSON, and what keepalived writes on its signals.
 */
import type { Status } from "../../core/engine/status.ts";
import { formatData } from "../dump/data.ts";
import type { DumpFacts } from "../dump/facts.ts";
import { formatJson } from "../dump/json.ts";
import { formatStats } from "../dump/stats.ts";
import { reasonOf } from "../exit_codes.ts";
import { writeWhole } from "../whole_file.ts";

/** `data`, `stats` and `json` as keepalived has them; `status` is ours. */
const DUMP_KINDS = ["status", "data", "stats", "json"] as const;

/** One of them. */
export type DumpKind = typeof DUMP_KINDS[number];

/** What dumps need of the daemon. */
export interface DumpHost {
  readonly status: () => Promise<Status>;
  readonly facts: () => DumpFacts;
  /** Where each is written unless the configuration says otherwise. */
  readonly files: Readonly<Record<DumpKind, string>>;
  readonly say: (level: "info" | "error", text: string) => void;
}

/** Writes dumps, one of a kind at a time. */
export class Dumps {
  readonly #host: DumpHost;
  readonly #writing = new Map<DumpKind, Promise<void>>();

  constructor(host: DumpHost) {
    this.#host = host;
  }

  /** The text of one. */
  async text(kind: DumpKind): Promise<string> {
    const status = await this.#host.status();
    const facts = this.#host.facts();
    switch (kind) {
      case "status":
        return JSON.stringify(status, null, 2) + "\n";
      case "data":
        return formatData(status, facts);
      case "stats":
        return formatStats(status);
      case "json":
        return formatJson(status, facts);
    }
  }

  /** Writes one; whoever reads the file finds a whole one. Never rejects. */
  write(kind: DumpKind): Promise<void> {
    const writing = this.#writing.get(kind) ?? this.#write(kind).finally(() => this.#writing.delete(kind));
    this.#writing.set(kind, writing);
    return writing;
  }

  async #write(kind: DumpKind): Promise<void> {
    const { files, dataMark } = this.#host.facts();
    const usual = this.#host.files[kind];
    const own = kind === "status" ? null : files[kind];
    const file = own ?? (kind === "data" ? usual.replace(/(?=\.data$)/, dataMark) : usual);
    try {
      await writeWhole(file, await this.text(kind));
      this.#host.say("info", `${kind === "status" ? "Status" : `keepalived.${kind}`} written to ${file}`);
    } catch (error) {
      this.#host.say("error", `Cannot write "${file}": ${reasonOf(error)}`);
    }
  }
}
