/** Figures that the end-to-end tests measure on the way: printed, never judged tightly. */

/** Prints one measured figure, in ms. */
export function measured(what: string, milliseconds: number): void {
  console.log(`measured: ${what}: ${milliseconds.toFixed(milliseconds < 100 ? 1 : 0)} ms`);
}
