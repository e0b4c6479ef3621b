import {
  fixedFieldNames,
  formatFullName,
  getFieldDefinition,
  getGroupDefinition,
  managedFieldNames,
  type Profile,
  type ProfileField,
  type ProfileGroup,
  pickFieldsForAdmins,
  pickShownFields,
  profileFieldNames,
  profileGroupNames,
  signUpFieldNames,
} from "../../definitions/profile-fields.js";
import { getCountryName, listCountries } from "../../lib/text/countries.js";
import { formatPhone } from "../../lib/text/phone.js";
import { formatClock, isTimeZone, timeZones } from "../../lib/text/time-zones.js";

type Author = {
  username: string;
  bio: string;
  createdAt: Date;
  picture?: string | null;
  profile?: Profile | null;
  shown?: string[];
};

/** Presents an author to everyone, with the profile fields that the user has chosen to show. */
export function presentAuthor({ username, bio, createdAt, picture, profile, shown }: Author) {
  const told = pickShownFields(profile ?? {}, shown ?? []);
  const { firstName, lastName, phone, address, postalCode, city, state, country, timeZone, ...others } = told;
  return {
    ...{ username, bio, createdAt, picture: picture ?? null, name: formatFullName(told) },
    phone: phone ? { number: phone, text: formatPhone(phone) } : null,
    place: listed(", ", address, listed(" ", postalCode, city), state, country && getCountryName(country)),
    clock: timeZone ? { time: formatClock(timeZone), zone: formatValue("timeZone", timeZone) } : null,
    facts: labelled(others),
  };
}

/** Presents the profile fields that admins see beside the name, with their labels. */
export function presentProfileForAdmins(profile: Profile) {
  const { firstName, lastName, ...others } = pickFieldsForAdmins(profile);
  return labelled(others);
}

/** Presents the profile fields that only admins change, to their owner. */
export const presentFixedFields = (profile: Profile) =>
  labelled(Object.fromEntries(fixedFieldNames.map((field) => [field, profile[field]]))).filter(({ text }) => text);

const labelled = (told: Profile) =>
  (Object.keys(told) as ProfileField[]).map((field) => ({
    label: getFieldDefinition(field).label,
    text: formatValue(getFieldDefinition(field).kind, told[field] ?? ""),
  }));

type Kind = ReturnType<typeof getFieldDefinition>["kind"];

function formatValue(kind: Kind, value: string): string {
  if (kind === "phone") return formatPhone(value);
  if (kind === "country") return getCountryName(value) ?? value;
  return kind === "timeZone" ? value.replaceAll("_", " ") : value;
}

/** Types of inputs, where they are not "text". */
const inputTypes: Partial<Record<Kind, string>> = { phone: "tel", date: "date" };

/**
 * Presents the sections of a profile form, with their groups and rows of fields.
 * @param timeZone the current time zone, which is offered even if the list does not contain it
 * @param fields the fields of the form
 */
function presentSections(timeZone: string, fields: readonly ProfileField[]) {
  const groups = profileGroupNames
    .map((name) => ({ name, ...getGroupDefinition(name), rows: listRows(name, fields, timeZone) }))
    .filter(({ rows }) => rows.length > 0);
  const legends = [...new Set(groups.map(({ legend }) => legend))];
  return legends.map((legend) => ({ legend, groups: groups.filter((group) => group.legend === legend) }));
}

/** Presents the profile form of its owner. */
export const presentProfileSections = (timeZone: string) =>
  presentSections(
    timeZone,
    profileFieldNames.filter((field) => !fixedFieldNames.includes(field)),
  );

/** Presents the form with which admins edit a profile. */
export const presentManagedSections = (timeZone: string) => presentSections(timeZone, managedFieldNames);

/** Presents the fields that are asked for when an account is opened. */
export const presentSignUpFields = () =>
  presentSections("", signUpFieldNames).flatMap(({ groups }) => groups.flatMap(({ rows }) => rows));

function listOptions(kind: Kind, timeZone: string): { value: string; text: string }[] | undefined {
  if (kind === "country") return listCountries().map(({ code, name }) => ({ value: code, text: name }));
  if (kind !== "timeZone") return undefined;
  const zones = isTimeZone(timeZone) ? [...new Set([...timeZones, timeZone])] : timeZones;
  return zones.map((zone) => ({ value: zone, text: formatValue("timeZone", zone) }));
}

function listRows(group: ProfileGroup, among: readonly ProfileField[], timeZone: string) {
  const fields = among
    .map((name) => ({ name, definition: getFieldDefinition(name) }))
    .filter(({ definition }) => definition.group === group)
    .map(({ name, definition: { kind, label, hint, width, autocomplete, autocapitalize, atSignUp } }) => ({
      ...{ name, label, hint, width, autocomplete, autocapitalize },
      type: inputTypes[kind] ?? "text",
      required: atSignUp === "required",
      options: listOptions(kind, timeZone),
    }));
  const rows: (typeof fields)[] = [];
  for (const field of fields) {
    const last = rows.at(-1);
    const fits = field.width !== "full" && last?.length === 1 && last[0]?.width !== "full";
    if (fits) last.push(field);
    else rows.push([field]);
  }
  return rows;
}

const listed = (between: string, ...parts: (string | null | undefined)[]) => parts.filter(Boolean).join(between);
