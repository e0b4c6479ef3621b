import { type Request, Router } from "express";
import { getActor } from "../../actor.js";
import { config } from "../../config/index.js";
import { NotFound } from "../../errors.js";
import { deviceNameForm } from "../../forms/account/sessions.js";
import { onceForm, readOnceKey } from "../../forms/empty.js";
import { entryId } from "../../forms/fields.js";
import type { Form } from "../../forms/form.js";
import { describeAgent } from "../../lib/text/user-agent.js";
import type { Device } from "../../models/device.js";
import {
  distrustDevice,
  endDevice,
  endOtherDevices,
  findDevice,
  listDevices,
} from "../../services/session/sessions.js";
import { getLoggedInUser } from "../../web/guards.js";
import { findOwner } from "../../web/owner.js";
import { flash } from "../../web/pages/flash.js";
import { renderFormErrors } from "../../web/pages/problem-json.js";
import { storageId } from "../../web/session/store.js";
import { logOut } from "../auth/logout.js";

export const accountSessions = Router();

type OfDevice = Request<{ handle: string }>;

accountSessions.get("/", async (req, res) => {
  const user = await findOwner(req);
  const devices = await listDevices(user, req.session.device, config.sessionAbsoluteMs);
  res.render("account/sessions/index", { devices, form: onceForm.blank() });
});

accountSessions.post("/end-others", async (req, res) => {
  const here = { device: req.session.device, session: storageId(req.sessionID) };
  await endOtherDevices(getActor(req), getLoggedInUser(req), here, readOnceKey(req.body));
  flash(res, "success", "You've been logged out on all other devices.");
  res.redirect(303, "/account/sessions");
});

accountSessions.post("/:handle/end", async (req: OfDevice, res) => {
  const handle = parseHandle(req);
  if (handle === req.session.device) return logOut(req, res);
  await endDevice(getActor(req), getLoggedInUser(req), handle, readOnceKey(req.body));
  flash(res, "success", "That device has been logged out.");
  res.redirect(303, "/account/sessions");
});

accountSessions.post("/:handle/distrust", async (req: OfDevice, res) => {
  await distrustDevice(getLoggedInUser(req), parseHandle(req));
  flash(res, "success", "The next login with that device asks for a second factor.");
  res.redirect(303, "/account/sessions");
});

accountSessions.get("/:handle/name", async (req: OfDevice, res) => {
  const device = await findDevice(getLoggedInUser(req), parseHandle(req));
  res.render("account/sessions/name", page(device, deviceNameForm.stored({ name: device.name })));
});

accountSessions.post("/:handle/name", async (req: OfDevice, res) => {
  const device = await findDevice(getLoggedInUser(req), parseHandle(req));
  const conflict = deviceNameForm.conflict(req.body, deviceNameForm.stored({ name: device.name }));
  if (conflict) return renderFormErrors(res.status(409), "account/sessions/name", page(device, conflict));
  const input = deviceNameForm.parse(req.body);
  if (!input.ok) return renderFormErrors(res.status(422), "account/sessions/name", page(device, input.form));
  await device.rename(input.data.name);
  flash(res, "success", "Device name saved.");
  res.redirect(303, "/account/sessions");
});

/** @throws NotFound for a malformed id */
function parseHandle(req: OfDevice): string {
  const handle = entryId.safeParse(req.params.handle);
  if (!handle.success) throw new NotFound();
  return handle.data;
}

const page = ({ id, agent }: Device, form: Form) => ({ form, device: { handle: id, browser: describeAgent(agent) } });
