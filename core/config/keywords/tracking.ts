/** The words of `track_file`, `vrrp_track_process` and `bfd_instance`. */
import type { BfdDraft, FileDraft, ProcessDraft } from "../validate/tracking_drafts.ts";
import { entries, type KeywordTable } from "./keyword.ts";
import { address, boolean, flag, milliseconds, seconds, whole } from "./shape.ts";

const file = entries<FileDraft>();
const process = entries<ProcessDraft>();
const bfd = entries<BfdDraft>();
const SOFT = { fatalBare: false };

/** `track_file NAME { … }` */
export const TRACK_FILE: KeywordTable = {
  name: "track_file",
  // deno-fmt-ignore: a row a word
  keywords: [
    file.own("file", "B", "custom", ["PATH", "required", "the file; its directory must exist"], SOFT),
    file.own("weight", "B", "custom", ["-254..254 [reverse]", "1", "what the number in the file is multiplied with"], SOFT),
    file.own("init_file", "B", "custom", ["[VALUE] [overwrite]", "the file is not made; 0", "make the file at start"]),
  ],
};

/** `vrrp_track_file NAME { … }`, the old name. */
export const VRRP_TRACK_FILE: KeywordTable = {
  name: "vrrp_track_file",
  keywords: TRACK_FILE.keywords.map((keyword) => ({ ...keyword, tier: "D" as const })),
};

/** `vrrp_track_process NAME { … }` */
export const VRRP_TRACK_PROCESS: KeywordTable = {
  name: "vrrp_track_process",
  // deno-fmt-ignore: a row a word
  keywords: [
    process.own("process", "B", "custom", ["NAME or PATH [PARAMETER…]", "required", "process name or command line"]),
    process.own("param_match", "C", "custom", ["[initial|partial]", "exact where parameters are given", "how parameters compare"]),
    process.own("weight", "B", "custom", ["-254..254 [reverse]", "0", "priority change; 0 means FAULT"], SOFT),
    process.own("quorum", "B", "custom", ["1..65535", "1", "fewest matching processes"]),
    process.own("quorum_max", "C", "custom", ["0..65535", "no limit", "most matching processes"]),
    process.own("delay", "C", "custom", ["0.000001..3600 s", "0", "sets fork_delay and terminate_delay"]),
    process.set("terminate_delay", "C", "terminateDelay", seconds(0.000001, 3600), ["0.000001..3600 s", "0", "how long before it counts as down"]),
    process.set("fork_delay", "C", "forkDelay", seconds(0.000001, 3600), ["0.000001..3600 s", "0", "how long before it counts as up"]),
    process.set("full_command", "C", "fullCommand", flag(), ["", "off; on with parameters", "compare the command line, not the name"]),
  ],
};

/** `bfd_instance NAME { … }` */
export const BFD_INSTANCE: KeywordTable = {
  name: "bfd_instance",
  // deno-fmt-ignore: a row a word
  keywords: [
    bfd.set("source_ip", "C", "source", address(), ["ADDRESS", "the kernel's choice", "local address"]),
    bfd.set("neighbor_ip", "C", "neighbour", address(), ["ADDRESS", "required", "address of the peer"]),
    bfd.set("neighbour_ip", "C", "neighbour", address(), ["ADDRESS", "required", "the same in British spelling"]),
    bfd.set("min_rx", "C", "minReceive", milliseconds(1, 3_600_000), ["ms, at least 1, decimals", "10", "shortest interval we can receive at"]),
    bfd.set("min_tx", "C", "minTransmit", milliseconds(1, 3_600_000), ["ms, at least 1, decimals", "10", "shortest interval we want to send at"]),
    bfd.set("idle_tx", "C", "idleTransmit", milliseconds(1000, 3_600_000), ["ms, at least 1000", "1000", "interval while the session is not up"]),
    bfd.set("multiplier", "C", "multiplier", whole(1, 255), ["1..255", "5", "missed packets until it counts as down"]),
    bfd.set("passive", "C", "passive", flag(), ["", "off", "wait for the peer to start"]),
    bfd.set("ttl", "C", "ttl", whole(1, 255), ["1..255", "255", "TTL sent and expected over IPv4"]),
    bfd.set("hoplimit", "C", "hopLimit", whole(1, 255), ["1..255", "255; 64 is accepted", "hop limit sent and expected over IPv6"]),
    bfd.set("max_hops", "C", "maxHops", whole(-1, 255), ["-1..255", "0", "how far a received TTL may have gone down"]),
    bfd.set("multihop", "C", "multihop", boolean(), ["[BOOL]", "off", "port 4784 instead of 3784"]),
    bfd.own("weight", "C", "custom", ["-253..253 [reverse]", "0", "weight for track_bfd"]),
    bfd.set("vrrp", "C", "vrrp", flag(), ["", "both", "tell VRRP alone"]),
    bfd.set("checker", "C", "checker", flag(), ["", "both", "tell the health checkers alone"]),
  ],
};
