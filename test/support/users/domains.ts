import { Domain } from "../../../src/models/domain.js";

let count = 0;

/** Creates a domain without members; its id is for `withRole`. */
export async function domain(name = "The garden club") {
  count += 1;
  const slug = `club-${count}`;
  const found = await Domain.open({ name, slug });
  if (!found) throw new Error(`${slug} is taken`);
  return { id: String(found._id), name, slug };
}
