import { User } from "../../src/models/user.js";
import { newPerson } from "./people.js";

/** A confirmed account that was not opened through the front door, so that it used up no budget. */
export async function account(person = newPerson()) {
  const user = await User.register(person);
  if (!user) throw new Error(`${person.username} is taken`);
  await user.confirmEmail(person.email);
  return { ...person, id: user.id as string };
}
