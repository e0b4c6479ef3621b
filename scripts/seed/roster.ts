import type { Grant, Role } from "../../src/definitions/roles.js";
import type { DomainNames } from "../../src/models/domain.js";

/** Data of a demonstration user other than the texts. */
export interface Entry {
  firstName: string;
  lastName: string;
  city: string;
  country: string;
  /** The site-wide role. Ordinary members have none. */
  role?: Exclude<Role, "user">;
  /** The role in one domain, by its slug. */
  in?: { domain: string; role: Role };
  /** The reason why this user cannot log in. */
  state?: "unconfirmed" | "disabled";
}

export const domains: DomainNames[] = [
  { slug: "roof-garden", name: "Roof garden" },
  { slug: "canal-workshop", name: "Workshop by the canal" },
];

/** All demonstration users, by username; people/ contains their texts. */
export const roster: Record<string, Entry> = {
  hanna: { firstName: "Hanna", lastName: "Lindqvist", city: "Gothenburg", country: "SE", role: "superadmin" },
  jonas: { firstName: "Jonas", lastName: "Brandt", city: "Kiel", country: "DE", role: "admin" },
  yuki: { firstName: "Yuki", lastName: "Tanabe", city: "Sapporo", country: "JP", role: "editor" },
  rosa: { firstName: "Rosa", lastName: "Ferrer", city: "Valencia", country: "ES", in: as("admin", "roof-garden") },
  tomasz: {
    firstName: "Tomasz",
    lastName: "Zielinski",
    city: "Gdansk",
    country: "PL",
    in: as("admin", "canal-workshop"),
  },
  amina: { firstName: "Amina", lastName: "Haddad", city: "Lyon", country: "FR", in: as("user", "roof-garden") },
  davide: { firstName: "Davide", lastName: "Conti", city: "Genoa", country: "IT", in: as("editor", "roof-garden") },
  ingrid: { firstName: "Ingrid", lastName: "Solberg", city: "Bergen", country: "NO", in: as("user", "canal-workshop") },
  marta: { firstName: "Marta", lastName: "Oliveira", city: "Coimbra", country: "PT" },
  noor: { firstName: "Noor", lastName: "de Wit", city: "Utrecht", country: "NL" },
  paul: { firstName: "Paul", lastName: "Abend", city: "Graz", country: "AT", state: "unconfirmed" },
  viktor: { firstName: "Viktor", lastName: "Sand", city: "Basel", country: "CH", state: "disabled" },
};

/** An invitation that nobody has accepted, and its sender. */
export const invited = { email: "lou@demo.example.org", by: "hanna", role: "editor" } as const;

function as(role: Role, domain: string): { role: Role; domain: string } {
  return { role, domain };
}

/** Returns the site-wide role of an entry as a grant, or null. */
export const createGrant = ({ role }: Entry): Grant | null => (role ? { role, domain: null } : null);
