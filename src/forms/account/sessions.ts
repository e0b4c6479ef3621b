import { z } from "zod";
import { deviceName } from "../fields.js";
import { defineForm } from "../form.js";

/** Renames a device. */
export const deviceNameForm = defineForm(z.strictObject({ name: deviceName }));
