import { Router } from "express";
import { config } from "../../../config/index.js";
import { sessionEndpoints as calls } from "../../../forms/api/me/sessions.js";
import { User } from "../../../models/user.js";
import { endApiSession } from "../../../services/api/sessions.js";
import { type DeviceInUse, endDevice, endOtherDevices, listDevices } from "../../../services/session/sessions.js";
import { getApiSession } from "../../../web/api/authenticate.js";
import { getLoggedInUser } from "../../../web/guards.js";
import { serveEndpoint } from "../endpoint.js";

export const apiSessions = Router();

serveEndpoint(apiSessions, calls.list, async ({ req }) => {
  const user = await User.findById(getLoggedInUser(req).id).orFail();
  const devices = await listDevices(user, String(getApiSession(req)._id), config.sessionAbsoluteMs);
  return { status: 200, body: { data: devices.map(presentSession) } };
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

const presentSession = ({ handle, isProgram, isHere, isRemembered, name, browser, ip, ...device }: DeviceInUse) => ({
  handle,
  kind: isProgram ? "program" : "browser",
  current: isHere,
  remembered: isRemembered,
  name,
  description: browser,
  ip,
  loggedInAt: device.signedInAt.toISOString(),
  lastSeenAt: device.lastSeenAt.toISOString(),
});
