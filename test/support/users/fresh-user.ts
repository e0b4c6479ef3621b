let count = 0;

/** Creates the data of a user without an account, different at each call. */
export function newPerson() {
  count += 1;
  return { username: `person${count}`, email: `person${count}@example.org`, password: "sturdy-Gate-in-the-wall" };
}
