/** What people may tell about themselves beside their lines; all of it may be missing. */
export const profileFields = [
  "firstName",
  "lastName",
  "phone",
  "address",
  "city",
  "state",
  "postalCode",
  "country",
  "timeZone",
] as const;
export type ProfileField = (typeof profileFields)[number];
export type Profile = Partial<Record<ProfileField, string | null | undefined>>;

/** What somebody can show on their page, and the fields that this is. */
export const showable = {
  name: ["firstName", "lastName"],
  phone: ["phone"],
  address: ["address", "postalCode"],
  place: ["city", "state", "country"],
  timeZone: ["timeZone"],
} as const satisfies Record<string, readonly ProfileField[]>;
export type Showable = keyof typeof showable;
export const showables = Object.keys(showable) as Showable[];

/** The part of a profile that its owner shows to everyone. */
export function shownOf(profile: Profile, shown: Iterable<string>): Profile {
  const groups = new Set(shown);
  const fields = showables
    .filter((group) => groups.has(group))
    .flatMap((group) => showable[group] as readonly ProfileField[]);
  return Object.fromEntries(fields.flatMap((field) => (profile[field] ? [[field, profile[field]]] : [])));
}

/** First and last name, as far as they are there. */
export const fullName = ({ firstName, lastName }: Profile): string => [firstName, lastName].filter(Boolean).join(" ");
