/** `track_file`, `vrrp_track_process` and `bfd_instance`. */
import { familyOf } from "../../net/address.ts";
import { BFD_INSTANCE, TRACK_FILE, VRRP_TRACK_PROCESS } from "../keywords/tracking.ts";
import type { Statement } from "../tree.ts";
import { parseSeconds, parseWhole } from "../values.ts";
import type { BfdInstance, TrackFile, TrackProcess } from "../tracking_model.ts";
import { missingValue, readBlock, type Readers, type Reading } from "./block.ts";
import { type Context, error, warning } from "./context.ts";
import { readName, readRepeatableName } from "./name.ts";
import {
  type BfdDraft,
  bfdDraft,
  type FileDraft,
  fileDraft,
  type ProcessDraft,
  processDraft,
} from "./tracking_drafts.ts";
import type { Seen } from "./seen.ts";
import { readWeight } from "./weight_line.ts";
import { richWords } from "./rich_words.ts";

/** Reads a `track_file` (or `vrrp_track_file`) block. */
export function readTrackFile(context: Context, statement: Statement): void {
  const found = readRepeatableName(context, statement, statement.words[0]!.text, context.trackFiles);
  if (found === null) return;
  const { name, isNew } = found;
  const draft = fileDraft(name);
  readBlock(context, statement.block?.statements ?? [], TRACK_FILE, FILE_READERS, draft);
  if (draft.file !== null) {
    if (isNew) context.trackFiles.set(draft.name, draft);
  } else {error(
      context,
      name,
      "no-file",
      `Cannot use track_file ${draft.name}: no file is set; it is removed`,
    );}
}

/** Reports a word that is written again; the first one counts. */
function isAgain<D>(
  { context, word, statement, draft }: Reading<D & { readonly seen: Seen }>,
): boolean {
  const first = draft.seen.get(word.text);
  if (first === undefined || first === (statement.words[1] ?? word)) return false;
  error(context, word, "repeated-word", `Cannot use ${word.text} a second time here; the first one counts`);
  return true;
}

const FILE_READERS: Readers<FileDraft> = {
  file(reading) {
    if (isAgain(reading)) return;
    const path = richWords(reading.context, reading.statement)[1];
    if (path === undefined) return missingValue(reading);
    reading.draft.file = path.text;
  },
  weight(reading) {
    if (!isAgain(reading)) readWeight(reading, 254);
  },
  init_file({ context, draft, values }) {
    draft.init = { value: 0, overwrite: false };
    for (const value of values) {
      const number = parseWhole(value.text, -0x80000000, 0x7fffffff);
      if (value.text === "overwrite") draft.init.overwrite = true;
      else if (number.ok) {
        draft.init.value = number.value;
        if (Math.abs(number.value) > 254) {
          const message = `No weight is as large as init_file ${value.text}: it must be between -254 and 254`;
          warning(context, value, "large-value", message);
        }
      } else {
        error(context, value, "bad-value", `Cannot use init_file ${value.text}`, {
          allowed: "a number, overwrite",
        });
      }
    }
  },
};

/** The file as the model has it. */
export function finishFile({ name, file, weight, reverse, init }: FileDraft): TrackFile {
  return { name, file: file!, weight, reverse, init };
}

/** Reads a `vrrp_track_process` block. */
export function readTrackProcess(context: Context, statement: Statement): void {
  const found = readRepeatableName(context, statement, "vrrp_track_process", context.trackProcesses);
  if (found === null) return;
  const { name, isNew } = found;
  const draft = processDraft(name);
  readBlock(context, statement.block?.statements ?? [], VRRP_TRACK_PROCESS, PROCESS_READERS, draft);
  if (draft.process === null) {
    const message = `Cannot use vrrp_track_process ${draft.name}: no process is set; it is removed`;
    return error(context, name, "no-process", message);
  }
  if (isNew) context.trackProcesses.set(draft.name, draft);
}

/** Of two bounds that contradict each other the first one counts. */
function readBound(reading: Reading<ProcessDraft>, target: "quorum" | "quorumMax"): void {
  const { context, draft, keyword, values } = reading;
  const value = values[0];
  if (value === undefined) return missingValue(reading);
  const least = target === "quorum" ? 1 : 0;
  const parsed = parseWhole(value.text, least, 65_535);
  const allowed = `between ${least} and 65535`;
  if (!parsed.ok) {
    error(context, value, "bad-value", `Cannot use ${keyword.word} ${value.text} as it must be ${allowed}`, {
      allowed,
    });
    return;
  }
  const other = target === "quorum" ? draft.quorumMax ?? 65_535 : draft.seen.get("quorum") ? draft.quorum : 0;
  const fits = target === "quorum"
    ? parsed.value <= other || other === 0
    : parsed.value >= other || parsed.value === 0;
  if (fits) draft[target] = parsed.value;
  else error(context, value, "bad-quorum", "Cannot use quorum_max below quorum; the first of the two counts");
}

const PROCESS_READERS: Readers<ProcessDraft> = {
  quorum: (reading) => readBound(reading, "quorum"),
  quorum_max: (reading) => readBound(reading, "quorumMax"),
  process(reading) {
    if (reading.values.length > 0 && isAgain(reading)) return;
    const words = richWords(reading.context, reading.statement).slice(1).map((word) => word.text);
    if (words.length === 0) return missingValue(reading);
    reading.draft.process = words[0]!;
    reading.draft.parameters = words.slice(1);
    if (words.length > 1) reading.draft.parameterMatch ??= "exact";
  },
  param_match({ context, draft, values }) {
    const value = values[0];
    if (value === undefined) draft.parameterMatch = "exact";
    else if (value.text === "initial" || value.text === "partial") draft.parameterMatch = value.text;
    else {
      error(context, value, "bad-value", `Cannot use param_match ${value.text}`, {
        allowed: "nothing, initial or partial",
      });
    }
  },
  weight: (reading) => readWeight(reading, 254),
  delay(reading) {
    const value = reading.values[0];
    if (value === undefined) return missingValue(reading);
    const parsed = parseSeconds(value.text, 0.001, 3_600_000);
    if (parsed.ok) {
      reading.draft.terminateDelay = parsed.value;
      reading.draft.forkDelay = parsed.value;
      return;
    }
    error(
      reading.context,
      value,
      "bad-value",
      `Cannot use delay ${value.text} as it must be between 0.000001 and 3600 seconds`,
    );
  },
};

/** The process as the model has it. */
export function finishProcess(draft: ProcessDraft): TrackProcess {
  const { name, parameters, parameterMatch, weight, reverse, quorum, quorumMax, terminateDelay, forkDelay } =
    draft;
  const fullCommand = draft.fullCommand || parameters.length > 0 || parameterMatch !== null;
  return {
    name,
    process: draft.process!,
    parameters,
    parameterMatch,
    weight,
    reverse,
    quorum,
    quorumMax,
    terminateDelay,
    forkDelay,
    fullCommand,
  };
}

/** Reads a `bfd_instance` block. */
export function readBfd(context: Context, statement: Statement): void {
  const name = readName(context, statement, "bfd_instance", context.bfdInstances);
  if (name === null) return;
  const draft = bfdDraft(name);
  readBlock(context, statement.block?.statements ?? [], BFD_INSTANCE, BFD_READERS, draft);
  const reason = draft.neighbour === null
    ? "no neighbor_ip is set"
    : draft.source !== null && familyOf(draft.source) !== familyOf(draft.neighbour)
    ? "source_ip and neighbor_ip are of different families"
    : null;
  if (reason === null) context.bfdInstances.set(draft.name, draft);
  else error(context, name, "bad-bfd", `Cannot use bfd_instance ${draft.name}: ${reason}; it is removed`);
}

const BFD_READERS: Readers<BfdDraft> = { weight: (reading) => readWeight(reading, 253, "clamp") };

/** Reports sessions of one address to one neighbour; the model has each once. */
export function finishBfds(context: Context): BfdInstance[] {
  const neighbours = new Map<string, BfdDraft[]>();
  return [...context.bfdInstances.values()].filter((draft) => {
    const others = neighbours.get(draft.neighbour!) ?? [];
    // One without a source of its own could be heard for any of them.
    const same = others.find(({ source }) =>
      source === null || draft.source === null || source === draft.source
    );
    if (same === undefined) {
      neighbours.set(draft.neighbour!, [...others, draft]);
      return true;
    }
    const message =
      `Cannot use bfd_instance ${draft.name}: ${same.name} watches ${draft.neighbour} already; it is removed`;
    warning(context, draft.nameWord, "repeated-neighbour", message);
    return false;
  }).map(finishBfd);
}

function finishBfd(draft: BfdDraft): BfdInstance {
  const ipv4 = familyOf(draft.neighbour!) === 4;
  const all = draft.vrrp === draft.checker;
  const { name, source, minReceive, minTransmit, idleTransmit, multiplier, passive, maxHops, multihop } =
    draft;
  return {
    name,
    neighbour: draft.neighbour!,
    source,
    minReceive,
    minTransmit,
    idleTransmit,
    multiplier,
    passive,
    ttl: ipv4 ? draft.ttl : draft.hopLimit,
    maxHops,
    multihop,
    weight: draft.weight,
    reverse: draft.reverse,
    tells: { vrrp: all || draft.vrrp, checker: all || draft.checker },
  };
}
