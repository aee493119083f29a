/**
 * Installs Debian packages without starting what they contain.
 */
import { type DebianPackage, missingPackages, type WorldName } from "./packages.ts";
import { runBounded } from "./bounded.ts";

/** Longest time for apt, s. */
const APT_TIMEOUT = 600;

/**
 * The shell's part: a policy that forbids to start services stands only as long as apt runs (the trap takes it away
 * even where this process dies), and a machine that has a policy of its own keeps it.
 */
const INSTALL = `
policy=/usr/sbin/policy-rc.d
grep -qs 'ha tests' "$policy" && rm -f "$policy"
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\\n# ha tests: no services while apt runs\\nexit 101\\n' > "$policy" && chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
wait='-o DPkg::Lock::Timeout=300'
apt-get $wait -q update || echo 'apt-get update failed; trying with the lists that are there'
apt-get $wait -q -y --no-install-recommends install "$@"
`;

/** Installs what the worlds need and says so; where that cannot be, says what is missing. */
export async function preparePackages(
  say: (line: string) => void,
  worlds: readonly WorldName[],
): Promise<void> {
  const missing = missingPackages(worlds);
  if (missing.length === 0) return;
  const list = missing.map((each) => `${each.name} (${each.why})`).join(", ");
  const obstacle = whyNoInstall();
  if (obstacle) return say(`Cannot install by apt, ${obstacle}. Missing: ${list}`);
  say(`Installing by apt, nothing of it gets started: ${list}`);
  const failure = await installPackages(missing);
  say(failure ? `Cannot install: ${failure}` : "Installed.");
}

/** What became of an installation: null where all went well, otherwise the reason. */
async function installPackages(packages: readonly DebianPackage[]): Promise<string | null> {
  const names = packages.map((each) => each.name);
  const { code, output } = await runBounded(["sh", "-c", INSTALL, "sh", ...names], { timeout: APT_TIMEOUT });
  if (code === 0) return null;
  return `apt-get install ended with ${code}: ${lastComplaint(output)}`;
}

/** Why packages cannot be installed here, or null where they can. */
function whyNoInstall(): string | null {
  if (Deno.build.os !== "linux") return "this is not Linux";
  if (Deno.uid() !== 0) return "not root";
  return isThere("/usr/bin/apt-get") ? null : "there is no apt-get here";
}

/** The last line of apt that names an error. */
function lastComplaint(output: string): string {
  const lines = output.split("\n").map((line) => line.trim()).filter(Boolean);
  return lines.findLast((line) => line.startsWith("E:")) ?? lines.at(-1) ?? "it said nothing";
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
