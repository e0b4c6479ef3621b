import { Router } from "express";
import { NotFound } from "../../errors.js";
import { me as calls } from "../../forms/api/me.js";
import { readAccount } from "../../models/account-reading.js";
import { slugsOf } from "../../services/domains.js";
import { userInFull } from "../../web/api/present.js";
import { signedIn } from "../../web/guards.js";
import { serve } from "./serve.js";

export const me = Router();

serve(me, calls.read, async ({ req }) => ({ status: 200, body: await shown(signedIn(req).id) }));

/** The account as it is now. */
async function shown(id: string) {
  const account = await readAccount(id);
  if (!account) throw new NotFound();
  return userInFull(account, await slugsOf([account]));
}
