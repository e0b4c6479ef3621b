import { Router } from "express";
import { getActor } from "../../actor.js";
import { cancelFactorRecovery } from "../../services/factors/factor-recovery.js";
import { findOwner } from "../../web/owner.js";
import { flash } from "../../web/pages/flash.js";

/** The button in the banner that every page shows while second factors are about to be removed. */
export const accountFactorRecovery = Router();

accountFactorRecovery.post("/cancel", async (req, res) => {
  const user = await findOwner(req);
  await cancelFactorRecovery(getActor(req), user, { by: "button" });
  flash(
    res,
    "success",
    "Your second factors were not removed. If you didn't ask to remove them, someone knows your password: choose a new one here.",
  );
  res.redirect(303, "/account/password");
});
