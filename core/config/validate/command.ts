/** Commands with the user that runs them. */
import type { Command, ScriptUser } from "../model.ts";
import { quotedLine, splitCommand } from "../quoted.ts";
import type { Word } from "../text.ts";
import { rawOf, type Statement } from "../tree.ts";
import { type Context, error, note, warning } from "./context.ts";
import type { CommandDraft } from "./drafts.ts";

/**
 * The command of a line `KEYWORD COMMAND [USER [GROUP]]`, or null where it cannot be used, which is reported.
 *
 * The command is one word: with arguments it needs quotes around all of it. `script` has no user behind it.
 */
export function readCommand(context: Context, statement: Statement, takesUser = true): CommandDraft | null {
  const { words, unclosed } = quotedLine(rawOf(statement));
  const at = words[1];
  if (at === undefined) return null;
  const { argv, closed } = commandArguments(at.text);
  // What the lexer has made of a double quote that is not closed stands.
  if (unclosed === null ? !closed : unclosed.text === "'") {
    const message = `Cannot run the command of ${words[0]!.text}: a quote in it is not closed`;
    error(context, unclosed ?? at, "unterminated-quote", message, { inForce: "no command" });
    return null;
  }
  if (argv.length === 0) {
    error(context, at, "empty-command", `Cannot run the command of ${words[0]!.text}: it is empty`);
    return null;
  }
  const hint = unquotedHint(statement, words);
  if (!takesUser) lostArguments(context, words, hint);
  const user = takesUser && words.length > 2 ? readUser(context, words.slice(2), hint, 0) : null;
  if (user === undefined) return null;
  lintShell(context, at, argv);
  return { command: { argv, user, text: at.text }, at };
}

function lostArguments(context: Context, words: readonly Word[], hint: string | null): void {
  const lost = words[2];
  if (lost === undefined) return;
  const message =
    `Cannot pass "${lost.text}" to the script: a command with arguments needs quotes around all of it`;
  warning(context, lost, "lost-arguments", message, {
    suggestion: hint,
    inForce: `script ${words[1]!.text}`,
    exit: 0,
  });
}

/** Advice for `notify_master /x.sh arg`, where `arg` is taken as a user. */
function unquotedHint(statement: Statement, words: readonly Word[]): string | null {
  const quoted = /["']/.test(rawOf(statement).text);
  if (quoted || words.length < 3) return null;
  return `${words[0]!.text} "${words.slice(1).map((word) => word.text).join(" ")}"`;
}

/**
 * `USER [[:]GROUP]`; undefined where one of them does not exist, which is reported.
 *
 * @param hint what was probably meant instead
 * @param exit what keepalived makes of it: it passes over the user of a notify script in silence
 */
export function readUser(
  context: Context,
  words: readonly Word[],
  hint: string | null,
  exit: 0 | 5 = 5,
): ScriptUser | undefined {
  const [name, attached] = splitOnce(words[0]!.text);
  const groupWord = words[1];
  const group = (attached ?? groupWord?.text ?? "").replace(/^:+/, "") || null;
  const meant = { suggestion: hint, exit };
  if (context.facts.userExists(name) === false) {
    error(context, words[0]!, "unknown-user", `Cannot run the script as user "${name}": no such user`, {
      ...meant,
      inForce: "no script",
    });
    return undefined;
  }
  if (group !== null && context.facts.groupExists(group) === false) {
    error(
      context,
      groupWord ?? words[0]!,
      "unknown-group",
      `Cannot run the script as group "${group}": no such group`,
      {
        ...meant,
        inForce: "no script",
      },
    );
    return undefined;
  }
  return { user: name, group };
}

function splitOnce(text: string): [string, string | null] {
  const colon = text.indexOf(":");
  return colon < 0 ? [text, null] : [text.slice(0, colon), text.slice(colon + 1)];
}

/** The arguments of a command; `<file` and `</dev/tcp/…` go to a shell, as keepalived has it. */
function commandArguments(text: string): ReturnType<typeof splitCommand> {
  if (/^\s*</.test(text)) return { argv: ["/bin/sh", "-c", text], closed: true };
  return splitCommand(text);
}

/** An argument that is of use to a shell alone: an operator, a redirection, or what it would put something in for. */
const SHELL_WORD = /^(?:&&|\|\|?|;|&|[0-9&]?(?:>>?|<).*)$|`|\$\(|;$/;

const SHELL = /^(?:.*\/)?(?:sh|bash|dash|ash|ksh|zsh)$/;

function lintShell(context: Context, at: Word, argv: readonly string[]): void {
  if (/^\s*</.test(at.text)) return;
  const script = SHELL.test(argv[0]!) ? argv.findIndex((word) => /^-[a-z]*c$/.test(word)) + 1 : 0;
  // What holds blanks was quoted, and is meant for the program.
  const meant = argv.find((word, i) =>
    (i === 0 || i !== script) && !/\s/.test(word) && SHELL_WORD.test(word)
  );
  if (meant === undefined) return;
  note(
    context,
    at,
    "shell-syntax",
    `No shell reads this command: "${meant}" reaches the program as an argument`,
    {
      suggestion: `"/bin/sh -c '…'" or a script file`,
    },
  );
}

/** Copies a command with another user. */
export function withUser(command: Command, user: ScriptUser | null): Command {
  return user === null ? command : { ...command, user };
}
