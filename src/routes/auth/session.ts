import { Router } from "express";
import { getSessionTime } from "../../web/session/session-time.js";

export const session = Router();

/**
 * Says how long the session of this browser lasts, null for visitors. Like every request, it extends the session: "Stay
 * logged in" and typing ask for it (public/js/session-time.js).
 */
session.get("/", (req, res) => res.json(getSessionTime(req)));
