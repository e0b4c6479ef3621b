import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { PeerCertificate, TLSSocket } from "node:tls";

const LONGEST_BODY = 10_000;

export type Answer = {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
  /** Over https: the certificate, and why it is not trusted, as a code of Node; null if it is. */
  tls: { certificate: PeerCertificate; problem: string | null } | null;
};

/**
 * Requests an address by GET. Follows no redirects. Invalid certificates are accepted and reported, so that each check
 * names its own fault. Nothing secret may be sent.
 * @throws Error with a code of Node if the server cannot be reached or does not respond in time
 */
export function ask(url: URL, withinMs: number, headers: Record<string, string> = {}): Promise<Answer> {
  const signal = AbortSignal.timeout(withinMs);
  return new Promise((resolve, reject) => {
    const options = { agent: false, headers, signal };
    const sent =
      url.protocol === "https:"
        ? requestHttps(url, { ...options, rejectUnauthorized: false })
        : requestHttp(url, options);
    sent.on("error", (error) => reject(signal.aborted ? toTimeout(error) : error));
    sent.on("response", (response) => {
      const tls = "getPeerCertificate" in response.socket ? readTls(response.socket as TLSSocket) : null;
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        body += text;
        if (body.length > LONGEST_BODY) response.destroy();
      });
      response.on("error", reject);
      response.on("close", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body, tls }));
    });
    sent.end();
  });
}

const readTls = (socket: TLSSocket) => ({
  certificate: socket.getPeerCertificate(),
  problem: socket.authorized ? null : String(socket.authorizationError),
});

const toTimeout = (cause: Error) => Object.assign(new Error("no answer in time", { cause }), { code: "ETIMEDOUT" });

const reasons: Record<string, string> = {
  ENOTFOUND: "its host name does not exist in DNS",
  EAI_AGAIN: "DNS does not answer",
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection is closed at once",
  EHOSTUNREACH: "there is no route to it",
  ENETUNREACH: "there is no route to it",
  ETIMEDOUT: "there is no answer in time",
  EPROTO: "it does not speak TLS",
};

/** Says in words why a server was not reached. Completes "… cannot be reached: …". */
export function describeUnreachable(error: unknown): string {
  const { code = "", message = String(error) } = error as { code?: string; message?: string };
  return reasons[code] ?? (code || message);
}
