import { config } from "../../../config/index.js";
import { seal, unseal } from "../../../lib/encrypted.js";
import { createSecret } from "../../../lib/secrets.js";

// The doctor asks this app through its public address, and the answer proves that it is this app: both are encrypted by
// SESSION_SECRET, and the answer repeats the question's nonce.
const QUESTION = "question of the doctor";
const ANSWER = "answer to the doctor";

/** What the app sees of a request. */
export type Seen = {
  /** The values of X-Forwarded-For, the most distant first. */
  forwardedFor: string[];
  /** The Host header. */
  host: string;
  /** TRUST_PROXY of the process that answers. */
  trusted: number;
};
type Sealed = { nonce: string; seen: Seen };

/** Creates a question, for one request. `read` returns what the app saw; null if another program answered. */
export function createProbe(): { question: string; read: (answer: string) => Seen | null } {
  const nonce = createSecret();
  return {
    question: seal({ nonce }, config.sessionSecrets[0] ?? "", QUESTION),
    read(answer) {
      const found = unseal(answer, config.sessionSecrets, ANSWER) as Sealed | undefined;
      return found?.nonce === nonce ? found.seen : null;
    },
  };
}

/** Answers a question of the doctor. Returns null if it is not from a process with our SESSION_SECRET. */
export function answerProbe(question: string, seen: Omit<Seen, "trusted">): string | null {
  const found = unseal(question, config.sessionSecrets, QUESTION) as { nonce: string } | undefined;
  if (!found) return null;
  const answer: Sealed = { nonce: found.nonce, seen: { ...seen, trusted: config.trustProxy } };
  return seal(answer, config.sessionSecrets[0] ?? "", ANSWER);
}
