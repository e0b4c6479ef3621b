import {
  definitionOf,
  forAdmins,
  fullName,
  type Profile,
  type ProfileField,
  profileFieldNames,
  profileGroups,
  type Showable,
  showables,
  shownOf,
} from "../../definitions/profile-fields.js";
import { countries, countryName } from "../../lib/text/countries.js";
import { phoneInWords } from "../../lib/text/phone.js";
import { isTimeZone, timeIn, timeZones } from "../../lib/text/time-zones.js";

type Author = {
  username: string;
  bio: string;
  createdAt: Date;
  picture?: string | null;
  profile?: Profile | null;
  shown?: string[];
};

/** A person as everyone sees them: what they said, as far as they show it. */
export function asAuthor({ username, bio, createdAt, picture, profile, shown }: Author) {
  const told = shownOf(profile ?? {}, shown ?? []);
  const { firstName, lastName, phone, address, postalCode, city, state, country, timeZone, ...others } = told;
  return {
    ...{ username, bio, createdAt, picture: picture ?? null, name: fullName(told) },
    phone: phone ? { number: phone, text: phoneInWords(phone) } : null,
    place: listed(", ", address, listed(" ", postalCode, city), state, country && countryName(country)),
    clock: timeZone ? { time: timeIn(timeZone), zone: inWords("timeZone", timeZone) } : null,
    facts: labelled(others),
  };
}

/** What those who manage users see of a profile beside the name: labels and texts. */
export function factsForAdmins(profile: Profile) {
  const { firstName, lastName, ...others } = forAdmins(profile);
  return labelled(others);
}

const labelled = (told: Profile) =>
  (Object.keys(told) as ProfileField[]).map((field) => ({
    label: definitionOf(field).label,
    text: inWords(definitionOf(field).kind, told[field] ?? ""),
  }));

type Kind = ReturnType<typeof definitionOf>["kind"];

function inWords(kind: Kind, value: string): string {
  if (kind === "phone") return phoneInWords(value);
  if (kind === "country") return countryName(value) ?? value;
  return kind === "timeZone" ? value.replaceAll("_", " ") : value;
}

/**
 * The form of a profile: its headings, and below each its groups with their rows of fields.
 * @param timeZone the one chosen, which is offered even where the list has it by another name
 */
export function profileSections(timeZone: string) {
  const zones = isTimeZone(timeZone) ? [...new Set([...timeZones, timeZone])] : timeZones;
  const options: Partial<Record<Kind, { value: string; text: string }[]>> = {
    country: countries.map(({ code, name }) => ({ value: code, text: name })),
    timeZone: zones.map((zone) => ({ value: zone, text: inWords("timeZone", zone) })),
  };
  const legends = [...new Set(showables.map((group) => profileGroups[group].legend))];
  return legends.map((legend) => ({
    legend,
    groups: showables
      .filter((group) => profileGroups[group].legend === legend)
      .map((group) => ({ name: group, show: profileGroups[group].show, rows: rowsOf(group, options) })),
  }));
}

function rowsOf(group: Showable, options: Partial<Record<Kind, { value: string; text: string }[]>>) {
  const fields = profileFieldNames
    .map((name) => ({ name, ...definitionOf(name), options: options[definitionOf(name).kind] }))
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
