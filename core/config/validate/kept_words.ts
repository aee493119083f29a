/** Words of `global_defs` that take several words: checked, then mostly kept as they are written. */
import type { Word } from "../text.ts";
import { parseWhole } from "../values.ts";
import { missingValue, type Readers, type Reading } from "./block.ts";
import { error, shown } from "./context.ts";
import { readExtraGarps } from "./extra_garps.ts";
import type { GlobalDraft } from "./drafts.ts";

type GlobalReading = Reading<GlobalDraft>;

/** Readers of those words. */
export const KEPT_WORD_READERS: Readers<GlobalDraft> = {
  vrrp_garp_extra_if: (reading) => readExtraGarps(reading, 1),
  vrrp_vmac_garp_intvl: (reading) => readExtraGarps(reading, 1),
  vrrp_ipsets: keepWords,
  vrrp_cpu_affinity: readProcessors,
  checker_cpu_affinity: readProcessors,
  bfd_cpu_affinity: readProcessors,
  vrrp_rx_bufs_policy: readBufferPolicy,
  umask: readUmask,
};

function keepWords({ draft, keyword, values }: GlobalReading): void {
  draft.kept[keyword.use ?? keyword.word] = values.map((value) => value.text);
}

function refuse({ context, keyword }: GlobalReading, value: Word, allowed: string): void {
  error(context, value, "bad-value", `Cannot use ${keyword.word} ${shown(value)} as it must be ${allowed}`, {
    allowed,
  });
}

function readProcessors(reading: GlobalReading): void {
  const { values } = reading;
  if (values.length === 0) return missingValue(reading);
  const faulty = values.find((value) => !parseWhole(value.text, 0, 65_535).ok);
  if (faulty === undefined) keepWords(reading);
  else refuse(reading, faulty, "numbers of processors");
}

function readBufferPolicy(reading: GlobalReading): void {
  const value = reading.values[0];
  if (value === undefined) return missingValue(reading);
  const fits = value.text === "MTU" || value.text === "ADVERT" || parseWhole(value.text, 1, 0x7fffffff).ok;
  if (fits) keepWords(reading);
  else refuse(reading, value, "MTU, ADVERT or a number of octets");
}

/** A number in C's notation, or `IRUSR|IWGRP` and the like. */
const UMASK =
  /^(?:0[xX][0-9a-fA-F]{1,3}|0[0-7]{1,4}|[0-9]{1,3}|I(?:[RWX](?:USR|GRP|OTH)|RWX[UGO])(?:\|I(?:[RWX](?:USR|GRP|OTH)|RWX[UGO]))*)$/;

function readUmask(reading: GlobalReading): void {
  const { values } = reading;
  if (values.length === 0) return missingValue(reading);
  const text = values.map((value) => value.text).join("");
  const number = /^0[0-7]+$/.test(text) ? Number(`0o${text}`) : Number(text);
  // Not a number where bits are named.
  if (UMASK.test(text) && !(number > 0o777)) keepWords(reading);
  else refuse(reading, values[0]!, "a number, or bits such as IWGRP|IWOTH");
}
