/**
 * Who may import whom, as a table. A file belongs to the room with the longest matching name.
 */

/** What a room may import beside its own files. */
export interface Room {
  /** Path of a folder or a file below the repository's root. */
  readonly name: string;
  /** Rooms, or folders that hold rooms, that it may import; null means all but `tests` and `mod.ts`. */
  readonly imports: readonly string[] | null;
  /** Whether it may import packages (`npm:`, `node:`, bare names). */
  readonly packages: boolean;
}

/** The engine's doors and what it shows: plain types that the layers below it speak, too. */
const DOORS = [
  "core/engine/event.ts",
  "core/engine/effect.ts",
  "core/engine/message.ts",
  "core/engine/status.ts",
];
const GROUND = ["core/net", "core/packet", "core/config"];

/** Every room of the house. */
const ROOMS: readonly Room[] = [
  { name: "core/net", imports: [], packages: false },
  { name: "core/packet", imports: ["core/net"], packages: false },
  { name: "core/config", imports: ["core/net"], packages: false },
  { name: "core/ports.ts", imports: ["core/net", "core/packet"], packages: false },
  { name: "core/vrrp", imports: [...GROUND, ...DOORS], packages: false },
  { name: "core/bfd", imports: [...GROUND, ...DOORS], packages: false },
  { name: "core/track", imports: ["core/net", "core/config", ...DOORS], packages: false },
  { name: "core/check", imports: ["core/net", "core/config", ...DOORS], packages: false },
  { name: "core/lvs", imports: [...GROUND, ...DOORS], packages: false },
  {
    name: "core/engine",
    imports: [...GROUND, "core/vrrp", "core/bfd", "core/track", "core/check", "core/lvs"],
    packages: false,
  },
  {
    name: "core/sim",
    imports: [...GROUND, "core/vrrp", "core/bfd", "core/track", "core/check", "core/lvs", "core/engine"],
    packages: false,
  },
  { name: "core", imports: ["core"], packages: false },
  { name: "ffi", imports: ["core/net", "core/packet", "core/ports.ts"], packages: true },
  { name: "web", imports: ["core/engine/status.ts"], packages: true },
  { name: "cli", imports: null, packages: true },
];

/** The room of a path, or null where the table does not bind it (tests, benchmarks, tools, `mod.ts`). */
export function roomOf(path: string): Room | null {
  const rooms = ROOMS.filter((room) => isUnder(path, room.name));
  return rooms.reduce<Room | null>(
    (best, room) => !best || room.name.length > best.name.length ? room : best,
    null,
  );
}

function isUnder(path: string, name: string): boolean {
  return path === name || path.startsWith(`${name}/`);
}

/** Whether `specifier` names a file and no package. */
function isFileSpecifier(specifier: string): boolean {
  return specifier.startsWith("./") || specifier.startsWith("../") || specifier.startsWith("/");
}

/** The path below the root that `specifier` means in the file at `from`. */
function resolvePath(from: string, specifier: string): string {
  return decodeURIComponent(new URL(specifier, `file:///${from}`).pathname).slice(1);
}

/** Why the file at `from` may not import `specifier`, or null where it may. */
export function forbiddenImport(from: string, specifier: string): string | null {
  const room = roomOf(from);
  if (!room) return null;
  if (!isFileSpecifier(specifier)) return room.packages ? null : `${room.name} imports no packages`;
  const target = resolvePath(from, specifier);
  if (isUnder(target, room.name)) return null;
  if (room.imports === null) return forbiddenToAll(room, target);
  if (room.imports.some((allowed) => isUnder(target, allowed))) return null;
  return `${room.name} may import ${room.imports.length === 0 ? "nothing else" : room.imports.join(", ")}`;
}

function forbiddenToAll(room: Room, target: string): string | null {
  return isUnder(target, "tests") || target === "mod.ts"
    ? `${room.name} does not know tests or mod.ts`
    : null;
}
