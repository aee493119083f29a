/**
 * The benchmarks: `deno task bench` runs all of them, `deno task bench NAME …` those of `bench/NAME.ts`, with `--` for
 * their own arguments. They show figures and judge nothing.
 */
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Runs Deno with these arguments and our own stdout; answers its exit code. */
async function run(args: readonly string[]): Promise<number> {
  console.log(`\n$ deno ${args.join(" ")}`);
  const child = new Deno.Command(Deno.execPath(), { args: [...args], cwd: ROOT }).spawn();
  return (await child.status).code;
}

/** The names of the programs in `bench/`. */
function programs(): string[] {
  const names = [...Deno.readDirSync(`${ROOT}/bench`)].map((entry) => entry.name);
  return names.filter((name) => name.endsWith(".ts")).map((name) => name.slice(0, -".ts".length)).sort();
}

async function main(args: readonly string[]): Promise<number> {
  const end = args.indexOf("--");
  const wishes = end < 0 ? args : args.slice(0, end);
  const rest = end < 0 ? [] : args.slice(end + 1);
  let failures = 0;
  if (wishes.length === 0) failures += await run(["bench", "--allow-all"]);
  for (const name of wishes.length === 0 ? programs() : wishes) {
    failures += await run(["run", "--allow-all", `bench/${name}.ts`, ...rest]);
  }
  return failures === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
