/** The form of the keyword tables: one entry a word, as data, for validator, documentation and suggestions alike. */
import type { Shape } from "./shape.ts";

/**
 * How much of a word is done: A and B act (or are about to), C is checked and kept, D is an old spelling of another
 * word.
 */
export type Tier = "A" | "B" | "C" | "D";

/** What follows a keyword. */
export type Value =
  /** One word or none, read by a shape. */
  | { readonly kind: "simple"; readonly shape: Shape<unknown> }
  /** A command, perhaps with the user and group that it runs as. */
  | { readonly kind: "command" }
  /** Words or lines that a reader of its own understands. */
  | { readonly kind: "custom" }
  /** `{ … }` with keywords of its own. */
  | { readonly kind: "block" }
  /** `{ … }` with a value a line. */
  | { readonly kind: "list" }
  /** A word within a line of a list, with so many words behind it; -1 is any number. */
  | { readonly kind: "option"; readonly takes: number };

/** One word of one block. */
export interface Keyword {
  readonly word: string;
  readonly tier: Tier;
  /** What is written behind it, for the documentation. */
  readonly syntax: string;
  /** The value without it, for the documentation. */
  readonly default: string;
  readonly meaning: string;
  readonly value: Value;
  /** Whether anything acts on it yet. */
  readonly acted: boolean;
  /** Property of the block's draft that takes the value; null where a reader of its own does. */
  readonly target: string | null;
  /** The value in force after a faulty one; undefined leaves what was there. */
  readonly invalid: unknown;
  /** The word that replaced it, for tier D and for other spellings. */
  readonly use: string | null;
  /** Whether it is an old word that works as {@linkcode use}, and keepalived says so. */
  readonly deprecated: boolean;
  /**
   * What a second time does: the first one counts (`same`: and the same value again is no finding), the last one does,
   * or it does and keepalived says so.
   */
  readonly again: "first" | "same" | "last" | "replaced";
  /** Whether it is a word of ours, which keepalived does not know. */
  readonly ours: boolean;
  /** Whether keepalived ends when the value (or the name of a block) is missing; otherwise it passes over the line. */
  readonly fatalBare: boolean;
}

/** The words of one kind of block. */
export interface KeywordTable {
  /** `vrrp_instance`, or `virtual_server/real_server` for a block within a block. */
  readonly name: string;
  readonly keywords: readonly Keyword[];
}

/** The optional parts of an entry. */
export interface Options<D> {
  readonly target?: keyof D & string;
  readonly invalid?: unknown;
  readonly use?: string;
  readonly acted?: boolean;
  readonly fatalBare?: boolean;
  readonly deprecated?: boolean;
  readonly ours?: boolean;
  readonly again?: Keyword["again"];
}

/**
 * Makes the entries of one block; `D` is the draft that its values go to.
 *
 * A word without a target and without a reader of its own is kept under its own name.
 */
export function entries<D>() {
  return {
    /** A word with one value that goes to a property of the draft. */
    set<K extends keyof D & string>(
      word: string,
      tier: Tier,
      target: K,
      shape: Shape<NonNullable<D[K]>>,
      doc: readonly [syntax: string, fallback: string, meaning: string],
      options: Options<D> = {},
    ): Keyword {
      return make(word, tier, { kind: "simple", shape: shape as Shape<unknown> }, doc, {
        ...options,
        target,
      });
    },
    /** A word whose value is kept under its own name, mostly because nothing acts on it. */
    keep(
      word: string,
      tier: Tier,
      shape: Shape<boolean> | Shape<number> | Shape<string>,
      doc: readonly [syntax: string, fallback: string, meaning: string],
      options: Options<D> = {},
    ): Keyword {
      return make(word, tier, { kind: "simple", shape: shape as Shape<unknown> }, doc, {
        acted: false,
        ...options,
      });
    },
    /** A word that takes a command. */
    command<K extends keyof D & string>(
      word: string,
      tier: Tier,
      target: K,
      doc: readonly [syntax: string, fallback: string, meaning: string],
      options: Options<D> = {},
    ): Keyword {
      return make(word, tier, { kind: "command" }, doc, { ...options, target });
    },
    /** A word that a reader of its own understands. */
    own(
      word: string,
      tier: Tier,
      kind: "custom" | "block" | "list",
      doc: readonly [syntax: string, fallback: string, meaning: string],
      options: Options<D> = {},
    ): Keyword {
      return make(word, tier, { kind }, doc, options);
    },
  };
}

/** A word within the lines of a list block; the documentation of the lines' first word too. */
export function option(
  word: string,
  tier: Tier,
  takes: number,
  doc: readonly [syntax: string, fallback: string, meaning: string],
  options: { readonly use?: string; readonly acted?: boolean; readonly deprecated?: boolean } = {},
): Keyword {
  return make(word, tier, { kind: "option", takes }, doc, options);
}

function make(
  word: string,
  tier: Tier,
  value: Value,
  [syntax, fallback, meaning]: readonly [string, string, string],
  options: Omit<Options<never>, "target"> & { readonly target?: string },
): Keyword {
  return {
    word,
    tier,
    syntax,
    default: fallback,
    meaning,
    value,
    acted: options.acted ?? true,
    target: options.target ?? null,
    invalid: options.invalid,
    use: options.use ?? null,
    deprecated: options.deprecated ?? false,
    again: options.again ?? (value.kind === "command" ? "first" : "last"),
    ours: options.ours ?? false,
    fatalBare: options.fatalBare ?? (value.kind !== "block" && value.kind !== "list"),
  };
}

const indexes = new WeakMap<KeywordTable, ReadonlyMap<string, Keyword>>();

/** The entries of a table by word, built at the first use. */
export function indexOf(table: KeywordTable): ReadonlyMap<string, Keyword> {
  let index = indexes.get(table);
  if (index === undefined) {
    index = new Map(table.keywords.map((keyword) => [keyword.word, keyword]));
    indexes.set(table, index);
  }
  return index;
}
