/** What a table becomes by an operation: the kernel's part, played for tests. */
import {
  destinationKey,
  serviceKey,
  type TableEntry,
  type TableOperation,
} from "../../../core/packet/ipvs.ts";

/** Does an operation to a table, as the kernel would. */
export function applyOperation(table: Map<string, TableEntry>, operation: TableOperation): void {
  switch (operation.kind) {
    case "service.add":
      table.set(serviceKey(operation.service.id), { service: operation.service, destinations: [] });
      return;
    case "service.set": {
      const key = serviceKey(operation.service.id);
      table.set(key, { service: operation.service, destinations: table.get(key)?.destinations ?? [] });
      return;
    }
    case "service.delete":
      table.delete(serviceKey(operation.id));
      return;
    default:
      changeDestination(table, operation);
  }
}

function changeDestination(
  table: Map<string, TableEntry>,
  { kind, id, destination }: Extract<TableOperation, { destination: unknown }>,
): void {
  const entry = table.get(serviceKey(id));
  if (entry === undefined) return;
  const key = destinationKey(destination);
  const others = entry.destinations.filter((each) => destinationKey(each) !== key);
  const destinations = kind === "destination.delete" ? others : [...others, destination];
  table.set(serviceKey(id), { service: entry.service, destinations });
}
