/** Words that an impostor would add to the name of a site. */
const AFFIXES =
  `account accounts admin admins administrator administration app bot care contact crew help helpdesk hq info mail mod
  mods moderator moderators news noreply office official operator owner real root security service services site staff
  status sudo superadmin support sysadmin system team the web webmaster`.split(/\s+/);

const OURS = "Postern";
const LOOKS_LIKE: Record<string, string> = { 0: "o", 1: "i", l: "i", 3: "e", 4: "a", 5: "s", 7: "t" };
let sites = new Set<string>();

/**
 * Folds a name: letters and digits only, one case, no accents, and digits that look like letters as letters: "P0stern_"
 * is "postern".
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
 * Returns true if users would take this name for the site itself or its operators: "postern", "Postern-Team",
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

/** Returns true for one affix or two of them: "the…team". */
function isAffixes(rest: string): boolean {
  if (foldedAffixes.has(rest)) return true;
  return [...foldedAffixes].some((one) => rest.startsWith(one) && foldedAffixes.has(rest.slice(one.length)));
}
