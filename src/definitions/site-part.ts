import { site } from "../site/definitions.js";

type Parts =
  | "features"
  | "permissions"
  | "roles"
  | "profileGroups"
  | "profileFields"
  | "proofs"
  | "accountRules"
  | "mails"
  | "mailValues"
  | "mailColours";
type Site = typeof site;

// If this line does not compile, src/site/definitions.ts has a part that the app does not know.
site satisfies { [Name in keyof Site]: Name extends Parts ? object : never };

type Part<Name extends Parts> = Name extends keyof Site ? Site[Name] : Record<never, never>;

/**
 * Returns a part of src/site/definitions.ts, or an empty object if the site leaves it out. Its type keeps the names of
 * the entries; the table that it extends checks their form.
 */
export const getSitePart = <Name extends Parts>(name: Name) =>
  ((site as Partial<Record<Parts, object>>)[name] ?? {}) as Part<Name>;

/** Returns a table of the app with the entries of the site, which replace those of the same name. */
export const extend = <Name extends Parts, Table extends object>(name: Name, table: Table) =>
  ({ ...table, ...getSitePart(name) }) as Omit<Table, keyof Part<Name>> & Part<Name>;
