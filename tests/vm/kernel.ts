/**
 * Debian's kernel, unpacked beside the machine's own and never installed.
 */
import { join } from "node:path";
import { runBounded } from "../runner/bounded.ts";
import { cacheDirectory } from "../runner/cache_dir.ts";

/** An unpacked kernel. */
export interface Kernel {
  /** Such as `6.1.0-37-amd64`. */
  readonly release: string;
  readonly image: string;
  /** The directory that holds `RELEASE/modules.dep`. */
  readonly modules: string;
  /** A busybox that needs no library. */
  readonly busybox: string;
}

/** The kernel, or why there is none. */
export type KernelResult = { readonly ok: true; readonly kernel: Kernel } | {
  readonly ok: false;
  readonly reason: string;
};

/** s; the package has some 70 MB. */
const DOWNLOAD_TIMEOUT = 240;

/**
 * Downloads and unpacks the two packages into a directory of its own, which appears by one rename.
 */
const FETCH = `
set -e
cd "$1"
image=$(apt-cache depends linux-image-amd64 | sed -n 's/^ *Depends: \\(linux-image-.*\\)/\\1/p' | head -n 1)
[ -n "$image" ] || { echo "apt knows no linux-image-amd64" >&2; exit 1; }
apt-get -q download "$image" busybox-static
for package in *.deb; do dpkg -x "$package" .; rm "$package"; done
[ -d usr/lib/modules ] && [ ! -d lib/modules ] && { mkdir -p lib; mv usr/lib/modules lib/; }
depmod -b "$1" "$(ls lib/modules)"
`;

/** The kernel in the cache; it is fetched where it is not there yet. */
export async function findKernel(): Promise<KernelResult> {
  const cache = cacheDirectory("vm");
  const directory = join(cache, "kernel");
  if (!exists(directory)) {
    const reason = await fetchKernel(cache, directory);
    if (reason) return { ok: false, reason };
  }
  const [release] = [...Deno.readDirSync(join(directory, "lib/modules"))].map((entry) => entry.name);
  const busybox = ["bin/busybox", "usr/bin/busybox"].map((path) => join(directory, path)).find(exists);
  if (!release || !busybox) return { ok: false, reason: `${directory} is not complete; remove it` };
  return {
    ok: true,
    kernel: {
      release,
      image: join(directory, "boot", `vmlinuz-${release}`),
      modules: join(directory, "lib/modules"),
      busybox,
    },
  };
}

async function fetchKernel(cache: string, directory: string): Promise<string | null> {
  const fresh = await Deno.makeTempDir({ dir: cache, prefix: "new." });
  try {
    // apt drops its rights for downloads.
    await Deno.chmod(fresh, 0o755);
    const { code, output } = await runBounded(["sh", "-c", FETCH, "sh", fresh], {
      timeout: DOWNLOAD_TIMEOUT,
    });
    if (code !== 0) return `the kernel package cannot be had: ${output.trim().split("\n").at(-1)}`;
    await Deno.rename(fresh, directory);
    return null;
  } finally {
    await Deno.remove(fresh, { recursive: true }).catch(() => {});
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
