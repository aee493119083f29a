/** Which links are polled: `linkbeat_interfaces`, and `linkbeat_use_polling` of the root level and of instances. */
import type { Model } from "./model.ts";

/** A link to be asked for its state, and how; null tries MII, ETHTOOL and IOCTL in that order. */
export type PolledInterface = Model["linkPolling"][number];

/** Every link that a configuration has polled, once each. */
export function polledInterfaces(model: Model): readonly PolledInterface[] {
  const chosen = new Map(model.linkPolling.map((each) => [each.interface, each]));
  const all = model.daemon.kept["linkbeat_use_polling"] === true;
  for (const instance of model.instances) {
    if (!all && instance.kept["linkbeat_use_polling"] !== true) continue;
    const { interface: own, trackInterfaces, addresses, excludedAddresses } = instance;
    const further = all
      ? [
        ...trackInterfaces.map(({ name }) => name),
        ...[...addresses, ...excludedAddresses].map((vip) => vip.interface),
      ]
      : [];
    for (const name of [own, ...further]) {
      if (!chosen.has(name)) chosen.set(name, { interface: name, method: null });
    }
  }
  return [...chosen.values()];
}
