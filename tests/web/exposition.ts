/**
 * A strict reader of the Prometheus text format, version 0.0.4: it throws where Prometheus would only shrug.
 */

/** One line with a value. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric with its HELP, TYPE and values. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: Sample[];
}

const HELP = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/;
const TYPE = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge)$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)$/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(?:,|$)/;

/**
 * Reads a whole exposition.
 *
 * @throws {SyntaxError} for a line of no known form, a sample outside of its family, a family or a series that comes
 * twice, a family without HELP or TYPE, a missing last line feed
 */
export function parseExposition(text: string): Map<string, MetricFamily> {
  if (!text.endsWith("\n")) throw new SyntaxError("The last line does not end in a line feed");
  const families = new Map<string, MetricFamily>();
  const lines = text.slice(0, -1).split("\n");
  let current: MetricFamily | null = null;
  const series = new Set<string>();
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index]!;
    if (line === "") continue;
    if (line.startsWith("# HELP")) {
      current = readHead(line, lines[++index] ?? "");
      if (families.has(current.name)) throw new SyntaxError(`${current.name} comes twice`);
      families.set(current.name, current);
      continue;
    }
    const sample = readSample(line);
    if (current === null || sample.name !== current.name) {
      throw new SyntaxError(`Outside of its family: ${line}`);
    }
    const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
    if (series.has(key)) throw new SyntaxError(`The same series comes twice: ${line}`);
    series.add(key);
    current.samples.push(sample);
  }
  return families;
}

function readHead(helpLine: string, typeLine: string): MetricFamily {
  const help = HELP.exec(helpLine);
  const type = TYPE.exec(typeLine);
  if (help === null || type === null || help[1] !== type[1]) {
    throw new SyntaxError(`Not the head of a family: ${helpLine} / ${typeLine}`);
  }
  return { name: help[1]!, help: help[2]!, type: type[2]!, samples: [] };
}

function readSample(line: string): Sample {
  const match = SAMPLE.exec(line);
  if (match === null) throw new SyntaxError(`Not a sample: ${line}`);
  return { name: match[1]!, labels: readLabels(match[2] ?? ""), value: Number(match[3]) };
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== "") {
    const match = LABEL.exec(rest);
    if (match === null) throw new SyntaxError(`Not a list of labels: ${text}`);
    if (match[1]! in labels) throw new SyntaxError(`The label ${match[1]} comes twice: ${text}`);
    labels[match[1]!] = match[2]!.replace(/\\(.)/g, (_, char) => char === "n" ? "\n" : char);
    rest = rest.slice(match[0].length);
  }
  return labels;
}
