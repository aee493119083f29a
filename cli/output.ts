/**
 * What the commands print.
 */

/** Writes a text as a whole: a pipe may take less of it at a time. */
export function write(text: string, output: typeof Deno.stdout | typeof Deno.stderr = Deno.stdout): void {
  const octets = new TextEncoder().encode(text);
  for (let done = 0; done < octets.length;) done += output.writeSync(octets.subarray(done));
}
