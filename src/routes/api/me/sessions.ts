import { type Request, Router } from "express";
import { config } from "../../../config/index.js";
import { NotFound } from "../../../errors.js";
import { sessionEndpoints as calls } from "../../../forms/api/me/sessions.js";
import { endApiSession } from "../../../services/api/sessions.js";
import {
  type DeviceInUse,
  endDevice,
  endOtherDevices,
  findDevice,
  listDevices,
} from "../../../services/session/sessions.js";
import { getApiSession } from "../../../web/api/authenticate.js";
import { Conflict } from "../../../web/api/errors.js";
import { getLoggedInUser } from "../../../web/guards.js";
import { findOwner } from "../../../web/owner.js";
import { serveEndpoint } from "../endpoint.js";

export const apiSessions = Router();

serveEndpoint(apiSessions, calls.list, async ({ req }) => ({
  status: 200,
  body: { data: (await listOwn(req)).map(presentSession) },
}));

serveEndpoint(apiSessions, calls.name, async ({ params: { handle }, body: { name }, req }) => {
  const found = (await listOwn(req)).find((device) => device.handle === handle);
  if (!found) throw new NotFound();
  if (!found.hasEntry) throw new Conflict("Only browsers have a name, not programs.");
  await (await findDevice(getLoggedInUser(req), handle)).rename(name);
  return { status: 200, body: presentSession({ ...found, name }) };
});

serveEndpoint(apiSessions, calls.endOthers, async ({ actor, req }) => {
  const here = { device: undefined, session: "", program: String(getApiSession(req)._id) };
  await endOtherDevices(actor, getLoggedInUser(req), here);
  return { status: 204 };
});

serveEndpoint(apiSessions, calls.end, async ({ actor, params: { handle }, req }) => {
  const session = getApiSession(req);
  if (handle === String(session._id)) await endApiSession(actor, session);
  else await endDevice(actor, getLoggedInUser(req), handle);
  return { status: 204 };
});

async function listOwn(req: Request): Promise<DeviceInUse[]> {
  const user = await findOwner(req);
  return listDevices(user, String(getApiSession(req)._id), config.sessionAbsoluteMs);
}

const presentSession = ({ handle, isProgram, isHere, isRemembered, name, browser, ip, ...device }: DeviceInUse) => ({
  handle,
  kind: isProgram ? "program" : "browser",
  current: isHere,
  remembered: isRemembered,
  trustedUntil: device.trustedUntil?.toISOString() ?? null,
  name,
  description: browser,
  ip,
  loggedInAt: device.signedInAt.toISOString(),
  lastSeenAt: device.lastSeenAt.toISOString(),
});
