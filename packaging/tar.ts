/**
 * A tar archive (POSIX ustar) that is the same for the same files: no names of users, no times.
 */

/** A file of the archive. */
export interface ArchivedFile {
  /** At most 100 octets, ASCII. */
  readonly name: string;
  /** Permission bits. */
  readonly mode: number;
  readonly content: Uint8Array;
}

const BLOCK = 512;

/**
 * Packs files in the order given.
 *
 * @throws {RangeError} for a name that does not fit
 */
export function packTar(files: readonly ArchivedFile[]): Uint8Array<ArrayBuffer> {
  const size = files.reduce((sum, file) => sum + BLOCK + padded(file.content.length), 2 * BLOCK);
  const archive = new Uint8Array(size);
  let offset = 0;
  for (const file of files) {
    archive.set(header(file), offset);
    archive.set(file.content, offset + BLOCK);
    offset += BLOCK + padded(file.content.length);
  }
  return archive;
}

function padded(length: number): number {
  return Math.ceil(length / BLOCK) * BLOCK;
}

/** POSIX.1-2017, pax: the ustar header block. */
function header(file: ArchivedFile): Uint8Array {
  if (!/^[\x21-\x7e]{1,100}$/.test(file.name)) {
    throw new RangeError(`Cannot archive "${file.name}": a name has 1 to 100 ASCII characters`);
  }
  const block = new Uint8Array(BLOCK);
  const put = (text: string, offset: number) => block.set(new TextEncoder().encode(text), offset);
  put(file.name, 0);
  put(octal(file.mode, 7), 100);
  put(octal(0, 7), 108); // user
  put(octal(0, 7), 116); // group
  put(octal(file.content.length, 11), 124);
  put(octal(0, 11), 136); // time of last change
  put("        ", 148); // the checksum counts as blanks
  put("0", 156); // a regular file
  put("ustar\0" + "00", 257);
  const checksum = block.reduce((sum, octet) => sum + octet, 0);
  put(octal(checksum, 6) + "\0 ", 148);
  return block;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}
