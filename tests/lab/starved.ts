/**
 * Whether this machine gave its processes the time that they wanted, so that what was measured says anything.
 */

/** Share of the time in which some process waited for a processor, from which on times say nothing. */
const STARVED = 0.1;

/** ms between two looks at the clock, and how late one may come: a processor that another machine has is waited for unseen. */
const TICK = 20;
const STUTTER = 100;

/** ms that some process waited for a processor since the machine started; null where the kernel does not tell. */
function waited(): number | null {
  try {
    const [, total] = /^some .*total=(\d+)/m.exec(Deno.readTextFileSync("/proc/pressure/cpu")) ?? [];
    return total === undefined ? null : Number(total) / 1000;
  } catch {
    return null;
  }
}

/** How often something is done again that came too late: a busy machine is late now and then, what is wrong each time. */
const AGAIN = 2;

/** Something came, and too late. */
export class LateError extends Error {
  override readonly name = "LateError";
}

const isLate = (error: unknown) =>
  error instanceof LateError || (error instanceof Error && error.cause instanceof LateError);

/** By how much, ms, this process was late at most since it was made, until it is disposed. */
class Stutter implements Disposable {
  longest = 0;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor() {
    let last = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.longest = Math.max(this.longest, now - last - TICK);
      last = now;
    }, TICK);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/**
 * Does a piece of work that measures times; where it fails on a machine that was starved meanwhile, or stood still for
 * a moment, it does it once more and says so. What is wrong and not late fails again. What fails by being late is done
 * three times in all, whatever is known of the machine.
 */
export async function measuring<T>(name: string, work: () => Promise<T>): Promise<T> {
  for (let again = 0; again < AGAIN; again++) {
    try {
      return await unlessStarved(name, work);
    } catch (error) {
      if (!isLate(error)) throw error;
      console.log(`repeated: ${name}: ${firstLine(error)}`);
    }
  }
  return await work();
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0]!;
}

async function unlessStarved<T>(name: string, work: () => Promise<T>): Promise<T> {
  const [from, before] = [performance.now(), waited()];
  using stutter = new Stutter();
  try {
    return await work();
  } catch (error) {
    if (isLate(error)) throw error;
    const share = ((waited() ?? 0) - (before ?? 0)) / (performance.now() - from);
    if (share < STARVED && stutter.longest < STUTTER) throw error;
    console.log(
      `repeated: ${name}: processes waited for a processor ${Math.round(share * 100)} % of the time, ` +
        `this one ${Math.round(stutter.longest)} ms at once; ${firstLine(error)}`,
    );
    return await work();
  }
}
