/**
 * Network namespaces (setns(2), unshare(2)): for tests and the demonstration, which play several hosts on one.
 *
 * The namespace belongs to the calling thread. What is opened while in it stays in it, and so do processes started.
 */
import { C } from "./constants.ts";
import { Descriptor } from "./descriptor.ts";
import { OsError } from "./errno.ts";
import { cString, type Libc } from "./libc.ts";

const OWN_NAMESPACE = "/proc/thread-self/ns/net";

/** Where the machine booted: the namespace of its first process. */
const DEFAULT_NAMESPACE = "/proc/1/ns/net";

/**
 * Moves the calling thread into the namespace that `ip netns` knows under `name`, or into the one that the machine
 * booted in where `name` is empty; disposing moves it back.
 *
 * @throws {OsError} ENOENT where there is none, EPERM without CAP_SYS_ADMIN
 */
export function enterNetworkNamespace(libc: Libc, name: string): Disposable {
  const home = openNamespace(libc, OWN_NAMESPACE);
  try {
    using target = openNamespace(libc, name === "" ? DEFAULT_NAMESPACE : `/run/netns/${name}`);
    enter(libc, target, name);
  } catch (error) {
    home[Symbol.dispose]();
    throw error;
  }
  return {
    [Symbol.dispose]() {
      enter(libc, home, "home");
      home[Symbol.dispose]();
    },
  };
}

function openNamespace(libc: Libc, path: string): Descriptor {
  const result = libc.symbols.open(cString(path), C.O_RDONLY | C.O_CLOEXEC, 0);
  return Descriptor.from(libc, result, "Cannot open network namespace", path);
}

function enter(libc: Libc, namespace: Descriptor, name: string): void {
  if (libc.symbols.setns(namespace.number, C.CLONE_NEWNET) < 0) {
    throw new OsError("Cannot enter network namespace", name, libc.errno());
  }
}
