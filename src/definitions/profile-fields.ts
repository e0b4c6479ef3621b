import { extend } from "./site-part.js";

type FieldDefinition = {
  label: string;
  /** The name of the field within a sentence about the input. "your", "the" or "this" comes before it. */
  noun: string;
  hint?: string;
  /** Determines how the value is checked and stored; `line` is any single line of text, a `date` is YYYY-MM-DD. */
  kind: "line" | "phone" | "postalCode" | "country" | "timeZone" | "date";
  /** A further rule for the value, with the message for values that break it. */
  rule?: { pattern: RegExp; message: string };
  /** The standard of the stored format, if any. */
  format?: string;
  /** Maximum length in characters. */
  longest: number;
  /** True if no two accounts can have the same value. Letter case is ignored. A unique index decides. */
  isUnique?: true;
  /** Who changes it, from the opening of the account on: its owner, or only admins. The owner is the default. */
  editedBy?: "owner" | "admins";
  /**
   * Whether it is asked for when an account is opened: at registration, in invitations, at setup, by admins and at the
   * command line. "required" fields can't be emptied later. Existing accounts stay as they are until they are edited.
   */
  atSignUp?: "optional" | "required";
  /** The group in which its owner shows or hides it. */
  group: ProfileGroup;
  /** True if admins also see it. Other users see it only if its owner shows it. */
  isForAdmins: boolean;
  /** Width in the form: a whole row, half a row, or one wide and one short field in a row. */
  width: "full" | "half" | "wide" | "short";
  autocomplete?: string;
  autocapitalize?: "words";
};

type GroupDefinition = { legend: string; show: string | null };

/**
 * Groups of fields that users show or hide on their profile, with the heading in the form and the label of the
 * checkbox. A group without a checkbox (`show: null`) is never shown to other users.
 */
export const profileGroups = extend("profileGroups", {
  name: { legend: "Name", show: "Show my name on my profile" },
  phone: { legend: "Phone", show: "Show my phone number on my profile" },
  address: { legend: "Address", show: "Show my address on my profile" },
  place: { legend: "Address", show: "Show my city, region and country on my profile" },
  timeZone: { legend: "Time zone", show: "Show my local time on my profile" },
} as const satisfies Record<string, GroupDefinition>);
export type ProfileGroup = keyof typeof profileGroups;
const groups: Record<ProfileGroup, GroupDefinition> = profileGroups;
export const profileGroupNames = Object.keys(profileGroups) as ProfileGroup[];
/** Groups that users can show. */
export const showableGroups = profileGroupNames.filter((group) => groups[group].show !== null) as [
  ProfileGroup,
  ...ProfileGroup[],
];
/** Returns the heading of a group, and the label of its checkbox or null. */
export const getGroupDefinition = (group: ProfileGroup): GroupDefinition => groups[group];

/**
 * Profile fields, in addition to username and biography. **To add a field, add one entry here**, or to
 * `profileFields` in src/site/definitions.ts: the forms, the pages, the API, the command line, the exports and the database use this list.
 */
const profileFields = extend("profileFields", {
  firstName: {
    label: "First name",
    noun: "first name",
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
    noun: "last name",
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
    noun: "phone number",
    hint: "Include the country code, such as +49 30 1234567, or select the country below.",
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
    noun: "address",
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
    noun: "postal code",
    kind: "postalCode",
    longest: 16,
    group: "address",
    isForAdmins: false,
    width: "short",
    autocomplete: "postal-code",
  },
  city: {
    label: "City",
    noun: "city",
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
    noun: "state or region",
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
    noun: "country",
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
    noun: "time zone",
    kind: "timeZone",
    format: "IANA",
    longest: 60,
    group: "timeZone",
    isForAdmins: true,
    width: "full",
  },
} as const satisfies Record<string, FieldDefinition>);

export type ProfileField = keyof typeof profileFields;
export type Profile = Partial<Record<ProfileField, string | null | undefined>>;
export const profileFieldNames = Object.keys(profileFields) as ProfileField[];
export const getFieldDefinition = (field: ProfileField): FieldDefinition => profileFields[field];

const fieldsWhere = (isWanted: (field: FieldDefinition) => boolean): ProfileField[] =>
  profileFieldNames.filter((field) => isWanted(profileFields[field]));

/** Fields that admins do not see. Other users see them only if their owner shows them. */
export const privateFieldNames = fieldsWhere(({ isForAdmins, editedBy }) => !isForAdmins && editedBy !== "admins");
/** Fields whose values no two accounts share. */
export const uniqueFieldNames = fieldsWhere(({ isUnique }) => isUnique === true);
/** Fields that only admins change. Their owner reads them. */
export const fixedFieldNames = fieldsWhere(({ editedBy }) => editedBy === "admins");
/** Fields that admins change: all that they see. */
export const managedFieldNames = fieldsWhere(({ isForAdmins, editedBy }) => isForAdmins || editedBy === "admins");
/** Fields that are asked for when an account is opened, without those that only admins fill in. */
export const signUpFieldNames = fieldsWhere(
  ({ atSignUp, editedBy }) => atSignUp !== undefined && editedBy !== "admins",
);

/** Returns the part of a profile that its owner shows to others. */
export function pickShownFields(profile: Profile, shown: Iterable<string>): Profile {
  const visible = new Set<string>(showableGroups.filter((group) => [...shown].includes(group)));
  return pick(profile, (field) => visible.has(profileFields[field].group));
}

/** Returns the part of a profile that admins see. */
export const pickFieldsForAdmins = (profile: Profile): Profile =>
  pick(profile, (field) => !privateFieldNames.includes(field));

const pick = (profile: Profile, isWanted: (field: ProfileField) => boolean): Profile =>
  Object.fromEntries(
    profileFieldNames.flatMap((field) => (profile[field] && isWanted(field) ? [[field, profile[field]]] : [])),
  );

/** Joins first and last name, if present. */
export const formatFullName = ({ firstName, lastName }: Profile): string =>
  [firstName, lastName].filter(Boolean).join(" ");
