import { z } from "zod";
import { deviceName } from "../fields.js";
import { defineForm } from "../form.js";

/** The form that renames a device. */
export const deviceNameForm = defineForm(z.strictObject({ name: deviceName }));
