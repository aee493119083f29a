/**
 * An expected value in a JSON body, named by a pointer (RFC 6901).
 */

/** Whether the document holds the value at the pointer; what is wrong otherwise, null where nothing is. */
export function jsonMismatch(text: string, pointer: string, expected: unknown): string | null {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return "the body is not JSON";
  }
  const found = follow(document, pointer);
  if (found === undefined) return `there is nothing at "${pointer}"`;
  return equal(found.value, expected)
    ? null
    : `"${pointer}" is ${brief(found.value)}, not ${brief(expected)}`;
}

function follow(document: unknown, pointer: string): { readonly value: unknown } | undefined {
  let value = document;
  for (const word of pointer.split("/").slice(1)) {
    const key = word.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return { value };
}

function equal(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) =>
    Object.hasOwn(right, key) &&
    equal((left as Record<string, unknown>)[key], (right as Record<string, unknown>)[key])
  );
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= 40 ? text : `${text.slice(0, 40)}…`;
}
