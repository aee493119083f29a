/**
 * Metrics about mail and the webhook: whether people still hear of what happens.
 */
import type { DeliveryStatus } from "../../core/engine/status.ts";
import { counter, type Family, gauge, type Reader } from "./family.ts";

/** Families with the label `by`: `mail` or `webhook`; absent for what is not configured. */
export const deliveryFamilies: readonly Family[] = [
  gauge(
    "ha_notices_waiting",
    "Mails or posts that wait for their server",
    perServer(({ waiting }) => waiting),
  ),
  counter("ha_notices_sent_total", "Mails or posts that were taken", perServer(({ sent }) => sent)),
  counter("ha_notices_lost_total", "Mails or posts that were given up", perServer(({ lost }) => lost)),
  gauge(
    "ha_notices_server_up",
    "0 while the server for mails or posts takes none",
    perServer(({ trouble }) => trouble === null ? 1 : 0),
  ),
];

function perServer(value: (delivery: DeliveryStatus) => number): Reader {
  return ({ status }) =>
    (["mail", "webhook"] as const).flatMap((by) => {
      const delivery = status?.[by];
      return delivery === undefined ? [] : [{ value: value(delivery), labels: { by } }];
    });
}
