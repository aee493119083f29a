/**
 * A timer that counts only the time in which this process ran.
 *
 * A daemon that was frozen or starved finds all its timers overdue at once, before it hears what ended meanwhile. What
 * waits on such a timer gets the time back in which we were not there to notice.
 */

/** ms between two looks at the clock. */
const STEP = 250;

/** ms that a look may be late before the delay counts as an absence. */
const ABSENCE = 100;

/** Calls `expire` once after `duration` ms in which this process ran, unless disposed before; never after Infinity. */
export function awakeTimer(duration: number, expire: () => void): Disposable {
  if (duration === Infinity) return { [Symbol.dispose]() {} };
  let left = duration;
  let step = 0;
  let startedAt = 0;
  let timer: ReturnType<typeof setTimeout>;
  const look = () => {
    const late = performance.now() - startedAt - step;
    left -= late > ABSENCE ? step : step + late;
    if (left > 0 || late > ABSENCE) wait();
    else expire();
  };
  const wait = () => {
    // After an absence at the very end: once more, for what happened in it to be heard.
    step = Math.min(STEP, Math.max(left, ABSENCE));
    startedAt = performance.now();
    timer = setTimeout(look, step);
  };
  wait();
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}
