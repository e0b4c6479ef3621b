import type { Request } from "autocannon";
import { connectDatabase, disconnect } from "../../src/database/connect.js";
import { jsonWebTokens } from "../../src/lib/jwt.js";
import { ApiSession } from "../../src/models/api-session.js";
import { ApiToken } from "../../src/models/api-token.js";
import { User } from "../../src/models/user.js";
import type { Person } from "./data.js";
import { type Figure, inTurns, median } from "./figures.js";
import { type Load, load } from "./load.js";
import type { Options } from "./options.js";
import type { Scene } from "./stage.js";

/** So many programs are enough for nobody's quota to be used up. */
const PROGRAMS = 1_000;
const HOURS = 3_600_000;

/** What somebody's program comes with: an access token, or an API token. */
export type Program = { access: string; token: string };

/** Gives some people a login by a program and an API token. @param baseUrl of the application, as its tokens say it */
export async function openPrograms(
  uri: string,
  people: Person[],
  { baseUrl, secret }: { baseUrl: string; secret: string },
) {
  await connectDatabase({ uri });
  const jwt = await jsonWebTokens({ secrets: [secret], issuer: baseUrl });
  const kind = { typ: "at+jwt", audience: `${baseUrl}/api/v1` };
  const expiresAt = new Date(Date.now() + HOURS);
  const programs: Program[] = [];
  // All people are copies of one, so they have the same epoch.
  const epoch = (await User.findById(people[0]?.id).orFail()).sessionEpoch;
  for (const { id } of people.slice(0, PROGRAMS)) {
    const session = await ApiSession.begin({ _id: id, sessionEpoch: epoch }, { ip: "127.0.0.1", agent: "", expiresAt });
    const claims = { sub: String(id), sid: String(session._id), epoch };
    const wanted = { description: "Bench", scopes: ["account.read" as const, "posts.read" as const], expiresAt };
    const made = await ApiToken.issue(String(id), wanted);
    programs.push({ access: await jwt.sign(claims, kind, expiresAt), token: made?.secret ?? "" });
  }
  await disconnect();
  return programs;
}

/** A call of the API with a token. */
export const callRequest = (path: string, token: string): Request => ({
  method: "GET",
  path: `/api/v1${path}`,
  headers: { authorization: `Bearer ${token}` },
});

const text = {
  title: "A gate in the wall",
  body: "It has **two** leaves, and a _bolt_.\n\n".repeat(20),
  visibility: "public",
};
const writing = ({ access }: Program): Request => ({
  method: "POST",
  path: "/api/v1/posts",
  headers: { authorization: `Bearer ${access}`, "content-type": "application/json" },
  body: JSON.stringify(text),
});

/** Measures how fast programs write posts, as a share of how fast they read who they are. */
export async function measureWriting(scenes: Scene[], { rounds, seconds }: Options): Promise<Figure> {
  const taken: { reads: Load; writes: Load }[][] = [];
  for (let round = 0; round < rounds; round += 1) {
    const measured = new Map<Scene, { reads: Load; writes: Load }>();
    for (const scene of inTurns(scenes, round)) {
      const { origin } = scene.app;
      const reading = scene.programs.map(({ access }) => callRequest("/users/me", access));
      const reads = await load({ origin, requests: reading, seconds });
      const writes = await load({ origin, requests: scene.programs.map(writing), status: 201, seconds });
      measured.set(scene, { reads, writes });
    }
    taken.push(scenes.map((scene) => measured.get(scene) as { reads: Load; writes: Load }));
  }
  const of = (n: number, value: (one: { reads: Load; writes: Load }) => number) =>
    median(taken.map((round) => value(round[n] as { reads: Load; writes: Load })));
  const kept =
    scenes.length > 1 ? of(1, ({ writes }) => writes.perSecond) / of(0, ({ writes }) => writes.perSecond) : null;
  return {
    name: "POST posts ÷ GET users/me",
    target: { atLeast: 0.1 },
    unit: "",
    values: scenes.map((_, n) => of(n, ({ reads, writes }) => writes.perSecond / reads.perSecond)),
    kept,
    detail: `${of(0, ({ writes }) => writes.perSecond).toFixed(0)}/s, p50 ${of(0, ({ writes }) => writes.p50).toFixed(1)} ms`,
  };
}
