import { Router } from "express";
import { BadRequest } from "../../../errors.js";
import { passwordStrengthForm } from "../../../forms/auth/password-strength.js";
import { ratePassword as judge } from "../../../lib/passwords/policy.js";
import { rateLimits } from "../../../web/rate-limits.js";

export const passwordStrength = Router();

/** Checks a password for the strength meter, with the rules of the form around it. Stores nothing. */
passwordStrength.post("/", rateLimits.strength, (req, res) => {
  const input = passwordStrengthForm.parse(req.body);
  if (!input.ok) throw new BadRequest();
  const { password, username, email, secondFactor } = input.data;
  res.json(judge(password, [username, email], { hasSecondFactor: secondFactor !== undefined }));
});
