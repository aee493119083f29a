/**
 * Reads a file that grows.
 */

/** ms between two looks. */
const INTERVAL = 200;

/** Hands on what is appended to a file until disposed; without a listener it does nothing. */
export function follow(path: string, listener: ((text: string) => void) | undefined): AsyncDisposable {
  if (!listener) return { [Symbol.asyncDispose]: () => Promise.resolve() };
  const decoder = new TextDecoder();
  let offset = 0;
  const look = () => {
    const octets = Deno.readFileSync(path).subarray(offset);
    offset += octets.length;
    if (octets.length > 0) listener(decoder.decode(octets, { stream: true }));
  };
  const timer = setInterval(look, INTERVAL);
  return {
    [Symbol.asyncDispose]() {
      clearInterval(timer);
      look();
      return Promise.resolve();
    },
  };
}
