/**
 * A cpio archive in the form that the kernel unpacks as its first file system ("newc").
 *
 * Source: Documentation/driver-api/early-userspace/buffer-format.rst of Linux.
 */

/** A file or a directory of the archive; a path has no leading slash, and parents come first. */
export interface CpioEntry {
  readonly path: string;
  /** null for a directory */
  readonly content: Uint8Array | null;
}

const DIRECTORY_MODE = 0o040755;
const FILE_MODE = 0o100755;

/** Packs the entries; the same entries give the same octets. */
export function packCpio(entries: readonly CpioEntry[]): Uint8Array<ArrayBuffer> {
  const parts = entries.map((entry, index) => pack(entry.path, entry.content, index + 1));
  parts.push(pack("TRAILER!!!", null, 0));
  const archive = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    archive.set(part, offset);
    offset += part.length;
  }
  return archive;
}

function pack(path: string, content: Uint8Array | null, inode: number): Uint8Array {
  const name = new TextEncoder().encode(path + "\0");
  const size = content?.length ?? 0;
  const mode = content === null ? DIRECTORY_MODE : FILE_MODE;
  // inode, mode, user, group, links, time, size, device (2), of a device file (2), length of the name, checksum
  const fields = [inode, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, name.length, 0];
  const head = "070701" + fields.map((field) => field.toString(16).padStart(8, "0")).join("");
  const start = padded(head.length + name.length);
  const entry = new Uint8Array(start + padded(size));
  entry.set(new TextEncoder().encode(head));
  entry.set(name, head.length);
  if (content) entry.set(content, start);
  return entry;
}

function padded(length: number): number {
  return Math.ceil(length / 4) * 4;
}
