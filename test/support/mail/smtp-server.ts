import { once } from "node:events";
import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

type Code = { responseCode: number };
const refusal = (code: number | undefined) =>
  code ? Object.assign(new Error("not here"), { responseCode: code } satisfies Code) : null;

/** A mail server on the loopback interface that can be down, slow, drop connections and refuse addresses. */
export async function postOffice() {
  const received: ParsedMail[] = [];
  const refused = new Map<string, number>();
  const state = { held: 0, hangUps: 0, gate: Promise.resolve(), port: 0 };
  let server: SMTPServer;

  const make = () =>
    new SMTPServer({
      authOptional: true,
      disabledCommands: ["STARTTLS"],
      onMailFrom: ({ address }, _session, done) => done(refusal(refused.get(address))),
      onRcptTo: ({ address }, _session, done) => done(refusal(refused.get(address))),
      async onData(stream, _session, done) {
        const mail = await simpleParser(stream);
        state.held += 1;
        await state.gate;
        state.held -= 1;
        received.push(mail);
        if (state.hangUps > 0) {
          state.hangUps -= 1;
          for (const connection of server.connections) (connection as { close(): void }).close();
        } else done();
      },
    });

  async function open() {
    server = make();
    server.on("error", () => undefined);
    server.listen(state.port, "127.0.0.1");
    await once(server.server, "listening");
    state.port = (server.server.address() as { port: number }).port;
  }
  await open();

  return {
    received,
    /** Refused senders and recipients, with their codes. */
    refused,
    url: `smtp://127.0.0.1:${state.port}`,
    open,
    close: () => new Promise<void>((closed) => server.close(closed)),
    /** Returns the number of emails whose senders wait for a response. */
    held: () => state.held,
    /** Delays all responses until the returned function is called. */
    hold() {
      let release: () => void = () => undefined;
      state.gate = new Promise((resolve) => {
        release = resolve;
      });
      return () => release();
    },
    /** Accepts the next email and closes the connection without a response. */
    forget() {
      state.hangUps += 1;
    },
    to: (address: string) => received.filter((mail) => [mail.to].flat().some((to) => to?.text.includes(address))),
  };
}
