import {
  formatFullName,
  getFieldDefinition,
  type Profile,
  type ProfileField,
  pickFieldsForAdmins,
  pickShownFields,
  profileFieldNames,
  profileGroups,
  type ShowableGroup,
  showableGroups,
} from "../../definitions/profile-fields.js";
import { countries, getCountryName } from "../../lib/text/countries.js";
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

/**
 * Presents the sections of the profile form, with their groups and rows of fields.
 * @param timeZone the current time zone, which is offered even if the list does not contain it
 */
export function presentProfileSections(timeZone: string) {
  const zones = isTimeZone(timeZone) ? [...new Set([...timeZones, timeZone])] : timeZones;
  const options: Partial<Record<Kind, { value: string; text: string }[]>> = {
    country: countries.map(({ code, name }) => ({ value: code, text: name })),
    timeZone: zones.map((zone) => ({ value: zone, text: formatValue("timeZone", zone) })),
  };
  const legends = [...new Set(showableGroups.map((group) => profileGroups[group].legend))];
  return legends.map((legend) => ({
    legend,
    groups: showableGroups
      .filter((group) => profileGroups[group].legend === legend)
      .map((group) => ({ name: group, show: profileGroups[group].show, rows: listFields(group, options) })),
  }));
}

function listFields(group: ShowableGroup, options: Partial<Record<Kind, { value: string; text: string }[]>>) {
  const fields = profileFieldNames
    .map((name) => ({ name, ...getFieldDefinition(name), options: options[getFieldDefinition(name).kind] }))
    .filter((field) => field.group === group);
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
