/** Half-read blocks of tracked files, processes and BFD sessions, and of the small groups. */
import type { IpAddress } from "../../net/address.ts";
import type { Word } from "../text.ts";
import { type Keeps, keeps } from "./drafts.ts";

/** `track_file` */
export interface FileDraft extends Keeps {
  readonly name: string;
  readonly nameWord: Word;
  file: string | null;
  weight: number;
  reverse: boolean;
  init: { value: number; overwrite: boolean } | null;
}

/** A track file before its first line. */
export function fileDraft(nameWord: Word): FileDraft {
  return { ...keeps(), name: nameWord.text, nameWord, file: null, weight: 1, reverse: false, init: null };
}

/** `vrrp_track_process` */
export interface ProcessDraft extends Keeps {
  readonly name: string;
  readonly nameWord: Word;
  process: string | null;
  parameters: string[];
  parameterMatch: "exact" | "partial" | "initial" | null;
  weight: number;
  reverse: boolean;
  quorum: number;
  quorumMax: number | null;
  /** ms */
  terminateDelay: number;
  forkDelay: number;
  fullCommand: boolean;
}

/** A tracked process before its first line. */
export function processDraft(nameWord: Word): ProcessDraft {
  return {
    ...keeps(),
    name: nameWord.text,
    nameWord,
    process: null,
    parameters: [],
    parameterMatch: null,
    weight: 0,
    reverse: false,
    quorum: 1,
    quorumMax: null,
    terminateDelay: 0,
    forkDelay: 0,
    fullCommand: false,
  };
}

/** `bfd_instance` */
export interface BfdDraft extends Keeps {
  readonly name: string;
  readonly nameWord: Word;
  neighbour: IpAddress | null;
  source: IpAddress | null;
  /** ms */
  minReceive: number;
  minTransmit: number;
  idleTransmit: number;
  multiplier: number;
  passive: boolean;
  ttl: number | null;
  hopLimit: number | null;
  maxHops: number;
  multihop: boolean;
  weight: number;
  reverse: boolean;
  vrrp: boolean;
  checker: boolean;
}

/** A BFD session before its first line. */
export function bfdDraft(nameWord: Word): BfdDraft {
  return {
    ...keeps(),
    name: nameWord.text,
    nameWord,
    neighbour: null,
    source: null,
    minReceive: 10,
    minTransmit: 10,
    idleTransmit: 1000,
    multiplier: 5,
    passive: false,
    ttl: null,
    hopLimit: null,
    maxHops: 0,
    multihop: false,
    weight: 0,
    reverse: false,
    vrrp: false,
    checker: false,
  };
}

/** `track_group` */
export interface TrackGroupDraft extends Keeps {
  readonly name: string;
  readonly nameWord: Word;
  members: Word[];
}

/** `garp_group` */
export interface GarpGroupDraft extends Keeps {
  /** ms */
  garpInterval: number | null;
  gnaInterval: number | null;
  interfaces: string[];
}

/** `SSL`, and our `tls_*` words. */
export interface TlsDraft extends Keeps {
  keyPassword: string | null;
  caFile: string | null;
  certificateFile: string | null;
  keyFile: string | null;
  verify: boolean;
  expiryDays: number;
}

/** No certificate at all. */
export function tlsDraft(): TlsDraft {
  return {
    ...keeps(),
    keyPassword: null,
    caFile: null,
    certificateFile: null,
    keyFile: null,
    verify: false,
    expiryDays: 0,
  };
}
