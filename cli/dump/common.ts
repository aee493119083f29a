/** What the dumps share. */
import type { InstanceStatus, VrrpState } from "../../core/engine/status.ts";
import type { InstanceFacts } from "./facts.ts";

/** keepalived's numbers and words for states. */
export const STATE: Readonly<Record<VrrpState, { readonly number: number; readonly word: string }>> = {
  init: { number: 0, word: "INIT" },
  backup: { number: 1, word: "BACKUP" },
  master: { number: 2, word: "MASTER" },
  fault: { number: 3, word: "FAULT" },
};

/** The addresses of an instance, each with `set` behind it while it is installed. */
export function addressLines(
  { addresses }: Pick<InstanceStatus, "addresses">,
  facts: InstanceFacts,
): { advertised: readonly string[]; excluded: readonly string[] } {
  const lines = addresses.map(({ address, excluded, installed }, i) => {
    const text = facts.addresses[i] ?? address;
    return { excluded, text: installed ? `${text} set` : text };
  });
  const texts = (apart: boolean) =>
    lines.filter(({ excluded }) => excluded === apart).map(({ text }) => text);
  return { advertised: texts(false), excluded: texts(true) };
}
