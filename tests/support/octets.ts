/** Octets that tests compare, many times over in tests of random ones. */

/** Whether two buffers hold the same octets. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  return left.every((octet, i) => octet === right[i]);
}
