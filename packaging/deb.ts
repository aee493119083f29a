/**
 * Builds `dist/ha_VERSION_ARCH.deb` around `dist/ha`: the binary, the systemd unit, the documents and examples.
 *
 * Nothing is started or enabled on installation; who sets a pair up does that when both nodes are configured.
 */
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import manifest from "../deno.json" with { type: "json" };
import { BuildError } from "./bundle.ts";

/** Debian's names of our architectures. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: "amd64", aarch64: "arm64" };

/** The oldest C library that the runtime runs with. */
const LIBC = "2.27";

/** Who answers for a package built by nobody in particular; DEBFULLNAME and DEBEMAIL name another one. */
const MAINTAINER = { name: "the authors of ha", mail: "ha@localhost" };

/** When everything in the package was last changed, for the same octets at each build, s since 1970; SOURCE_DATE_EPOCH. */
const DATE = 1767225600;

/** The unit is made known; whether it runs is for whoever sets the pair up. */
const POSTINST = `#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then systemctl daemon-reload || true; fi
`;

/** A daemon whose package goes says goodbye first; one whose package is replaced goes on until it is restarted. */
const PRERM = `#!/bin/sh
set -e
if [ "$1" = remove ]; then
  if [ -d /run/systemd/system ]; then systemctl stop ha.service || true; fi
  if command -v systemctl >/dev/null; then systemctl --quiet disable ha.service || true; fi
fi
`;

/** What the binary has unpacked goes with the package, which nothing else could run. */
const POSTRM = `#!/bin/sh
set -e
case "$1" in remove | purge) rm -rf /var/cache/ha ;; esac
if [ -d /run/systemd/system ]; then systemctl daemon-reload || true; fi
`;

/** A file that the administrator may change; dpkg asks before it overwrites it. */
const DEFAULTS = `# Options of \`ha start\` under systemd, such as
#   HA_OPTIONS="--web 0.0.0.0:9650 --log-level detail"
# With a --run-dir of its own the unit's ExecReload= needs the same.
HA_OPTIONS=""
`;

/** What lintian would find and cannot be otherwise. */
const OVERRIDES = `# Built by whoever runs the packaging task; DEBFULLNAME and DEBEMAIL name them.
ha: bogus-mail-host
ha: bogus-mail-host-in-debian-changelog
# ha --help, ha help COMMAND and /usr/share/doc/ha/docs.
ha: no-manual-page
`;

/** A file of the package: where it goes, its mode, where it comes from. */
interface PackagedFile {
  readonly path: string;
  readonly mode: number;
  readonly content: Uint8Array | string;
}

async function main(root: string): Promise<void> {
  const architecture = ARCHITECTURES[Deno.build.arch];
  if (!architecture) {
    throw new BuildError(`Cannot package for ${Deno.build.arch}: amd64 and arm64 are possible`);
  }
  const name = `ha_${manifest.version}_${architecture}`;
  const tree = join(root, "dist", name);
  await Deno.remove(tree, { recursive: true }).catch(() => {});
  for (const file of await packagedFiles(root, architecture)) await write(tree, file);
  await pack(tree, `${tree}.deb`);
  await Deno.remove(tree, { recursive: true });
  console.log(`Built ${tree}.deb`);
}

async function packagedFiles(root: string, architecture: string): Promise<PackagedFile[]> {
  const read = (path: string) => Deno.readTextFile(join(root, path));
  const unit = (await read("packaging/ha.service")).replace(/^# Install:.*\n/, "").replaceAll(
    "/usr/local/sbin",
    "/usr/sbin",
  );
  const binary = await Deno.readFile(join(root, "dist", "ha")).catch(() => {
    throw new BuildError("Cannot package dist/ha: it is not built; run the task compile first");
  });
  return [
    { path: "usr/sbin/ha", mode: 0o755, content: binary },
    { path: "lib/systemd/system/ha.service", mode: 0o644, content: unit },
    { path: "etc/default/ha", mode: 0o644, content: DEFAULTS },
    { path: "usr/share/lintian/overrides/ha", mode: 0o644, content: OVERRIDES },
    { path: "usr/share/doc/ha/changelog.gz", mode: 0o644, content: gzipSync(changelog(), { level: 9 }) },
    { path: "usr/share/doc/ha/README.md", mode: 0o644, content: await read("README.md") },
    { path: "usr/share/doc/ha/copyright", mode: 0o644, content: await read("LICENSE") },
    { path: "usr/share/doc/ha/THIRD_PARTY.txt", mode: 0o644, content: await read("dist/THIRD_PARTY.txt") },
    { path: "DEBIAN/control", mode: 0o644, content: control(architecture, binary.length) },
    { path: "DEBIAN/conffiles", mode: 0o644, content: "/etc/default/ha\n" },
    { path: "DEBIAN/postinst", mode: 0o755, content: POSTINST },
    { path: "DEBIAN/prerm", mode: 0o755, content: PRERM },
    { path: "DEBIAN/postrm", mode: 0o755, content: POSTRM },
    ...await documents(root, "docs"),
    ...await documents(root, "examples"),
  ];
}

/** All texts of a folder for users, with the modes that they have; scripts of the examples stay executable. */
async function documents(root: string, folder: string): Promise<PackagedFile[]> {
  const files: PackagedFile[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(root, folder))) {
    const path = `${folder}/${name}`;
    if (isDirectory) files.push(...await documents(root, path));
    else if (/\.(md|conf|sh)$/.test(name)) {
      const content = await Deno.readTextFile(join(root, path));
      files.push({ path: `usr/share/doc/ha/${path}`, mode: name.endsWith(".sh") ? 0o755 : 0o644, content });
    }
  }
  return files.sort((a, b) => a.path < b.path ? -1 : 1);
}

function maintainer(): string {
  const { name, mail } = MAINTAINER;
  return `${Deno.env.get("DEBFULLNAME") ?? name} <${Deno.env.get("DEBEMAIL") ?? mail}>`;
}

/** s since 1970 */
function date(): number {
  return Number(Deno.env.get("SOURCE_DATE_EPOCH") ?? DATE);
}

/** Debian Policy 4.4; the history itself is in the repository. */
function changelog(): string {
  const when = new Date(date() * 1000).toUTCString().replace("GMT", "+0000");
  return `ha (${manifest.version}) unstable; urgency=medium

  * See README.md for what works.

 -- ${maintainer()}  ${when}
`;
}

function control(architecture: string, size: number): string {
  return `Package: ha
Version: ${manifest.version}
Architecture: ${architecture}
Maintainer: ${maintainer()}
Installed-Size: ${Math.ceil(size / 1024)}
Depends: libc6 (>= ${LIBC}), libgcc-s1
Section: net
Priority: optional
Description: high availability for two or more Linux machines
 Reads keepalived.conf, speaks VRRP, moves virtual IP addresses, runs scripts,
 shows a status page, JSON and Prometheus metrics.
`;
}

async function write(tree: string, file: PackagedFile): Promise<void> {
  const path = join(tree, file.path);
  await Deno.mkdir(join(path, ".."), { recursive: true, mode: 0o755 });
  const content = typeof file.content === "string" ? new TextEncoder().encode(file.content) : file.content;
  await Deno.writeFile(path, content);
  await Deno.chmod(path, file.mode);
}

/** The binary is compressed as it is, so little effort will do; with fixed times the same input gives the same octets. */
async function pack(tree: string, output: string): Promise<void> {
  const result = await new Deno.Command("dpkg-deb", {
    args: ["--root-owner-group", "-Zgzip", "-z1", "--build", tree, output],
    env: { SOURCE_DATE_EPOCH: String(date()) },
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!result.success) {
    throw new BuildError(`Cannot package: ${new TextDecoder().decode(result.stderr).trim()}`);
  }
}

if (import.meta.main) {
  try {
    await main(decodeURIComponent(new URL("..", import.meta.url).pathname));
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    console.error(error.message);
    Deno.exit(1);
  }
}
