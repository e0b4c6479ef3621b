/** Words that an impostor could add to the name of the site. */
const AFFIXES =
  `account accounts admin admins administrator administration app bot care contact crew help helpdesk hq info mail mod
  mods moderator moderators news noreply office official operator owner real root security service services site staff
  status sudo superadmin support sysadmin system team the web webmaster`.split(/\s+/);

const OURS = "Postern";
const LOOKS_LIKE: Record<string, string> = { 0: "o", 1: "i", l: "i", 3: "e", 4: "a", 5: "s", 7: "t" };
let sites = new Set<string>();

/**
 * Folds a name for comparison: only letters and digits, in one case, without accents. Digits that look like letters
 * become letters: "P0stern_" is "postern".
 */
const folded = (name: string) =>
  name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "")
    .replace(/[013457l]/g, (sign) => LOOKS_LIKE[sign] ?? sign);

/** Reserves the names of this site; "Postern" is always reserved. */
export function reserveSiteNames(names: string[]): void {
  sites = new Set([OURS, ...names].map(folded).filter((name) => name.length >= 2));
}
reserveSiteNames([]);

/**
 * Returns true if users could mistake this name for the site or its operators: "postern", "Postern-Team",
 * "the_p0stern".
 */
export function looksLikeSite(name: string): boolean {
  const spellings = [name, name.replace(/[\d_-]+$/, "")].map(folded);
  return [...sites].some((site) =>
    spellings.some((asked) => {
      const rest = asked.replace(site, "");
      return asked.includes(site) && (rest === "" || isAffixes(rest));
    }),
  );
}

const foldedAffixes = new Set(AFFIXES.map(folded));

/** Returns true if the text is one affix or two of them, such as "the" and "team". */
function isAffixes(rest: string): boolean {
  if (foldedAffixes.has(rest)) return true;
  return [...foldedAffixes].some((one) => rest.startsWith(one) && foldedAffixes.has(rest.slice(one.length)));
}
