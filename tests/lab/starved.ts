/**
 * Whether this machine gave its processes the time that they wanted, so that what was measured says anything.
 */

/** Share of the time in which some process waited for a processor, from which on times say nothing. */
const STARVED = 0.1;

/** ms that some process waited for a processor since the machine started; null where the kernel does not tell. */
function waited(): number | null {
  try {
    const [, total] = /^some .*total=(\d+)/m.exec(Deno.readTextFileSync("/proc/pressure/cpu")) ?? [];
    return total === undefined ? null : Number(total) / 1000;
  } catch {
    return null;
  }
}

/**
 * Does a piece of work that measures times; where it fails on a machine that was starved meanwhile, it does it once
 * more and says so. What is wrong and not late fails again.
 */
export async function measuring<T>(name: string, work: () => Promise<T>): Promise<T> {
  const [from, before] = [performance.now(), waited()];
  try {
    return await work();
  } catch (error) {
    const after = waited();
    if (before === null || after === null) throw error;
    const share = (after - before) / (performance.now() - from);
    if (share < STARVED) throw error;
    const why = error instanceof Error ? error.message.split("\n", 1)[0] : String(error);
    console.log(
      `repeated: ${name}: processes waited for a processor ${Math.round(share * 100)} % of the time; ${why}`,
    );
    return await work();
  }
}
