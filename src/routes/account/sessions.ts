import { type Request, Router } from "express";
import { actorOf } from "../../actor.js";
import { config } from "../../config/index.js";
import { NotFound } from "../../errors.js";
import { deviceNameForm } from "../../forms/account/sessions.js";
import { keyOf, onceForm } from "../../forms/empty.js";
import { entryId } from "../../forms/fields.js";
import type { Form } from "../../forms/form.js";
import { describeAgent } from "../../lib/user-agent.js";
import type { Device } from "../../models/device.js";
import { User } from "../../models/user.js";
import { deviceOf, endDevice, endOtherDevices, listDevices } from "../../services/session/sessions.js";
import { signedIn } from "../../web/guards.js";
import { flash } from "../../web/pages/flash.js";
import { sendBack } from "../../web/pages/problem-json.js";
import { storageId } from "../../web/session/store.js";
import { logOut } from "../auth/logout.js";

export const sessions = Router();

type OfDevice = Request<{ handle: string }>;

sessions.get("/", async (req, res) => {
  const user = await User.findById(signedIn(req).id).orFail();
  const devices = await listDevices(user, req.session.device, config.sessionAbsoluteMs);
  res.render("account/sessions/index", { devices, form: onceForm.blank() });
});

sessions.post("/end-others", async (req, res) => {
  const here = { device: req.session.device, session: storageId(req.sessionID) };
  await endOtherDevices(actorOf(req), signedIn(req), here, keyOf(req.body));
  flash(res, "success", "You are logged in on this device only.");
  res.redirect(303, "/account/sessions");
});

sessions.post("/:handle/end", async (req: OfDevice, res) => {
  const handle = handleOf(req);
  if (handle === req.session.device) return logOut(req, res);
  await endDevice(actorOf(req), signedIn(req), handle, keyOf(req.body));
  flash(res, "success", "That device is logged out.");
  res.redirect(303, "/account/sessions");
});

sessions.get("/:handle/name", async (req: OfDevice, res) => {
  const device = await deviceOf(signedIn(req), handleOf(req));
  res.render("account/sessions/name", page(device, deviceNameForm.stored({ name: device.name })));
});

sessions.post("/:handle/name", async (req: OfDevice, res) => {
  const device = await deviceOf(signedIn(req), handleOf(req));
  const conflict = deviceNameForm.conflict(req.body, deviceNameForm.stored({ name: device.name }));
  if (conflict) return sendBack(res.status(409), "account/sessions/name", page(device, conflict));
  const input = deviceNameForm.parse(req.body);
  if (!input.ok) return sendBack(res.status(422), "account/sessions/name", page(device, input.form));
  await device.rename(input.data.name);
  flash(res, "success", "The name is saved.");
  res.redirect(303, "/account/sessions");
});

/** @throws NotFound for what is no id at all */
function handleOf(req: OfDevice): string {
  const handle = entryId.safeParse(req.params.handle);
  if (!handle.success) throw new NotFound();
  return handle.data;
}

const page = ({ id, agent }: Device, form: Form) => ({ form, device: { handle: id, browser: describeAgent(agent) } });
