import { z } from "zod";
import { deviceName } from "../fields.js";
import { defineForm } from "../form.js";

/** What somebody calls one of their devices. */
export const deviceNameForm = defineForm(z.strictObject({ name: deviceName }));
