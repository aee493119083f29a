/**
 * Where stderr leads to.
 */

/**
 * Whether stderr leads to systemd's journal: `JOURNAL_STREAM` names the file that it was when the service started
 * (systemd.exec(5)).
 */
export function leadsToJournal(stream: string | undefined, path = "/proc/self/fd/2"): boolean {
  if (stream === undefined) return false;
  try {
    const { dev, ino } = Deno.statSync(path);
    return stream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}
