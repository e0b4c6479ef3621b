type FieldDefinition = {
  label: string;
  /** What it is called within a sentence about what was typed. */
  noun: string;
  hint?: string;
  /** How it is checked and stored; `line` is any one line of text. */
  kind: "line" | "phone" | "postalCode" | "country" | "timeZone";
  /** The standard by which it is stored, if there is one. */
  format?: string;
  /** In characters. */
  longest: number;
  /** What its owner shows or hides it with. */
  group: ShowableGroup;
  /** Whether those who manage users see it as well; others do as far as its owner shows it. */
  isForAdmins: boolean;
  /** On the form: a row of its own, or half of one; of a row's halves one can be wide and one short. */
  width: "full" | "half" | "wide" | "short";
  autocomplete?: string;
  autocapitalize?: "words";
};

type GroupDefinition = { legend: string; show: string };

/** What people show on their page, or not: the heading it stands under in the form, and the box to tick there. */
export const profileGroups = {
  name: { legend: "Name", show: "Show my name on my profile" },
  phone: { legend: "Phone", show: "Show my phone number on my profile" },
  address: { legend: "Address", show: "Show my address on my profile" },
  place: { legend: "Address", show: "Show my city, region and country on my profile" },
  timeZone: { legend: "Time zone", show: "Show my local time on my profile" },
} as const satisfies Record<string, GroupDefinition>;
export type ShowableGroup = keyof typeof profileGroups;
export const showableGroups = Object.keys(profileGroups) as [ShowableGroup, ...ShowableGroup[]];

/**
 * What people may tell about themselves beside a username and a biography; all of it may be missing. **A new field is one
 * entry here**: the form, the pages, the API, the download of one's data and the database follow.
 */
const profileFields = {
  firstName: {
    label: "First name",
    noun: "your first name",
    kind: "line",
    longest: 60,
    group: "name",
    isForAdmins: true,
    width: "half",
    autocomplete: "given-name",
    autocapitalize: "words",
  },
  lastName: {
    label: "Last name",
    noun: "your last name",
    kind: "line",
    longest: 60,
    group: "name",
    isForAdmins: true,
    width: "half",
    autocomplete: "family-name",
    autocapitalize: "words",
  },
  phone: {
    label: "Phone number",
    noun: "your phone number",
    hint: "Include the country code, such as +49 30 1234567, or select your country below.",
    kind: "phone",
    format: "E.164",
    longest: 40,
    group: "phone",
    isForAdmins: false,
    width: "full",
    autocomplete: "tel",
  },
  address: {
    label: "Street address",
    noun: "your address",
    kind: "line",
    longest: 200,
    group: "address",
    isForAdmins: false,
    width: "wide",
    autocomplete: "address-line1",
    autocapitalize: "words",
  },
  postalCode: {
    label: "Postal code",
    noun: "your postal code",
    kind: "postalCode",
    longest: 16,
    group: "address",
    isForAdmins: false,
    width: "short",
    autocomplete: "postal-code",
  },
  city: {
    label: "City",
    noun: "your city",
    kind: "line",
    longest: 100,
    group: "place",
    isForAdmins: false,
    width: "half",
    autocomplete: "address-level2",
    autocapitalize: "words",
  },
  state: {
    label: "State or region",
    noun: "your state or region",
    kind: "line",
    longest: 100,
    group: "place",
    isForAdmins: false,
    width: "half",
    autocomplete: "address-level1",
    autocapitalize: "words",
  },
  country: {
    label: "Country",
    noun: "your country",
    kind: "country",
    format: "ISO 3166 alpha-2",
    longest: 30,
    group: "place",
    isForAdmins: true,
    width: "full",
    autocomplete: "country",
  },
  timeZone: {
    label: "Time zone",
    noun: "your time zone",
    kind: "timeZone",
    format: "IANA",
    longest: 60,
    group: "timeZone",
    isForAdmins: true,
    width: "full",
  },
} as const satisfies Record<string, FieldDefinition>;

export type ProfileField = keyof typeof profileFields;
export type Profile = Partial<Record<ProfileField, string | null | undefined>>;
export const profileFieldNames = Object.keys(profileFields) as ProfileField[];
/** Those that their owner alone sees, unless they show them to everyone. */
export const privateFieldNames = profileFieldNames.filter((field) => !profileFields[field].isForAdmins);
/** The definition of a field, whichever it is. */
export const getFieldDefinition = (field: ProfileField): FieldDefinition => profileFields[field];

/** The part of a profile that its owner shows to everyone. */
export function pickShownFields(profile: Profile, shown: Iterable<string>): Profile {
  const groups = new Set(shown);
  return pick(profile, (field) => groups.has(profileFields[field].group));
}

/** The part of a profile that those who manage users see. */
export const pickFieldsForAdmins = (profile: Profile): Profile =>
  pick(profile, (field) => !privateFieldNames.includes(field));

const pick = (profile: Profile, isWanted: (field: ProfileField) => boolean): Profile =>
  Object.fromEntries(
    profileFieldNames.flatMap((field) => (profile[field] && isWanted(field) ? [[field, profile[field]]] : [])),
  );

/** First and last name, as far as they are there. */
export const formatFullName = ({ firstName, lastName }: Profile): string =>
  [firstName, lastName].filter(Boolean).join(" ");
