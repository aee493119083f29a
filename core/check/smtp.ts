/**
 * The dialogue of SMTP_CHECK (RFC 5321): 220, HELO, 250, QUIT, and an end.
 */
import { textToBytes } from "../net/bytes.ts";
import { type Conversation, decide, LISTEN, type Reply, say } from "./conversation.ts";
import { excerpt, latin1 } from "./text.ts";
import { failed, PASSED, type Verdict } from "./verdict.ts";

/** Octets of one reply, which may have several lines. */
const REPLY_LIMIT = 8192;

/** A whole reply: lines `250-…`, then one `250 …` (or the bare code). */
const REPLY = /^(?:(\d{3})-[^\n]*\n)*(\d{3})(?:[ \r][^\n]*)?\n/;

type Step = "banner" | "helo" | "quit";

/** One visit to a mail server; one that hangs up without an answer to QUIT has failed, as in keepalived. */
export function smtpConversation(heloName: string): Conversation {
  return new SmtpConversation(heloName);
}

class SmtpConversation implements Conversation {
  readonly #heloName: string;
  #step: Step = "banner";
  #received = "";

  constructor(heloName: string) {
    this.#heloName = heloName;
  }

  start(): Reply {
    return LISTEN;
  }

  receive(octets: Uint8Array): Reply {
    this.#received += latin1(octets.subarray(0, REPLY_LIMIT + 1));
    const reply = REPLY.exec(this.#received);
    if (reply !== null) {
      this.#received = this.#received.slice(reply[0].length);
      return this.#answer(Number(reply[2]), reply[0]);
    }
    if (this.#received.length > REPLY_LIMIT) return decide(failed("protocol", "the reply does not end"));
    const line = this.#received.includes("\n");
    return line && !/^\d{3}-/.test(this.#received) ? decide(this.#unexpected(this.#received)) : LISTEN;
  }

  end(): Reply {
    return decide(failed("read", "the server closed the connection"));
  }

  #answer(code: number, text: string): Reply {
    switch (this.#step) {
      case "banner":
        if (code !== 220) return decide(this.#unexpected(text));
        this.#step = "helo";
        return say(textToBytes(`HELO ${this.#heloName}\r\n`));
      case "helo":
        if (code !== 250) return decide(this.#unexpected(text));
        this.#step = "quit";
        return say(textToBytes("QUIT\r\n"));
      case "quit":
        // Whatever it says to that: it has served.
        return decide(PASSED);
    }
  }

  #unexpected(text: string): Verdict {
    const what = this.#step === "banner" ? "bad greeting banner" : "bad HELO response";
    return failed("refused", `${what} "${excerpt(text)}"`);
  }
}
