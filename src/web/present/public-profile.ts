import { fullName, type Profile, shownOf } from "../../definitions/profile-fields.js";
import { countryName } from "../../lib/text/countries.js";
import { phoneInWords } from "../../lib/text/phone.js";
import { timeIn } from "../../lib/text/time-zones.js";

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
  const { phone, address, postalCode, city, state, country, timeZone } = told;
  return {
    ...{ username, bio, createdAt, picture: picture ?? null, name: fullName(told) },
    phone: phone ? { number: phone, text: phoneInWords(phone) } : null,
    place: listed(", ", address, listed(" ", postalCode, city), state, country && countryName(country)),
    clock: timeZone ? { time: timeIn(timeZone), zone: timeZone.replaceAll("_", " ") } : null,
  };
}

const listed = (between: string, ...parts: (string | null | undefined)[]) => parts.filter(Boolean).join(between);
