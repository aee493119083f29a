/**
 * What may be written to where the output goes: escape sequences, colours.
 */

/** An end of the output, as far as it is asked. */
type Output = Pick<typeof Deno.stdout, "isTerminal">;

/** Whether somebody looks who can do something with escape sequences; `TERM=dumb` says of a terminal that it cannot. */
export function takesEscapes(output: Output, term = Deno.env.get("TERM")): boolean {
  return output.isTerminal() && term !== "dumb";
}

/** Whether colours are welcome: not where `NO_COLOR` is set. */
export function takesColours(output: Output, term = Deno.env.get("TERM"), refused = Deno.noColor): boolean {
  return takesEscapes(output, term) && !refused;
}
