import { Resolver } from "node:dns/promises";
import { type DoctorCheck, type Finding, fail, pass, type Settings, skip, warn } from "./finding.js";

const SPAM = "Mail servers put emails of this app into the spam folder, or refuse them.";
const TRIES = 2;

/** Checks the DNS records by which mail servers recognize emails of MAIL_FROM. */
export const checkEmailRecords: DoctorCheck = async (settings) => {
  if (!settings.smtpUrl) return [skip("SPF, DKIM and DMARC", "SMTP_URL is not set, so no emails are sent.")];
  const host = settings.mailFrom.address.split("@").at(-1) ?? "";
  const lookup = createLookup(settings);
  const checks = [checkSpf(host, lookup), checkDkim(host, settings.dkimSelectors, lookup), checkDmarc(host, lookup)];
  return Promise.all(checks.map((check) => check.catch((error: Error) => skip("A DNS record", describeDns(error)))));
};

/** Returns the texts of a name; null if there is no such name. @throws Error if DNS does not answer */
type Lookup = (name: string) => Promise<string[] | null>;

function createLookup({ dnsServers, waitMs }: Settings): Lookup {
  const resolver = new Resolver({ timeout: waitMs / TRIES / 2, tries: TRIES });
  if (dnsServers?.length) resolver.setServers(dnsServers);
  return async (name) => {
    try {
      return (await resolver.resolveTxt(name)).map((parts) => parts.join(""));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENODATA") return [];
      if ((error as NodeJS.ErrnoException).code === "ENOTFOUND") return null;
      throw error;
    }
  };
}

const describeDns = ({ message }: Error) => `DNS gives no answer (${message}). Check the resolver of this machine.`;

async function checkSpf(host: string, lookup: Lookup): Promise<Finding> {
  const records = ((await lookup(host)) ?? []).filter((text) => /^v=spf1( |$)/i.test(text));
  const [record = ""] = records;
  const example = `${host}. TXT "v=spf1 include:_spf.your-provider.example -all"`;
  if (records.length === 0)
    return fail(`${host} has no SPF record`, SPAM, `Publish one that names your mail server, such as: ${example}`);
  if (records.length > 1)
    return fail(
      `${host} has ${records.length} SPF records`,
      "Only one is allowed, so all are ignored (RFC 7208).",
      "Join them into one record.",
    );
  if (/(^| )\+?all( |$)/i.test(record))
    return fail(
      "The SPF record allows every server (+all)",
      "Anyone can send emails in your name.",
      "End it with -all or ~all.",
    );
  if (!/(^| )([-~]all|redirect=\S+)( |$)/i.test(record))
    return warn(
      "The SPF record does not end with -all or ~all",
      "Emails that others send in your name pass.",
      "End it with -all or ~all.",
    );
  return pass(`SPF: ${host} has a record`);
}

/**
 * DKIM keys are below a selector, which only the mail server knows. Without DKIM_SELECTOR, this asks whether there is
 * anything below `_domainkey` (RFC 8020: a name with others below it exists).
 */
async function checkDkim(host: string, selectors: string[], lookup: Lookup): Promise<Finding> {
  const parent = `_domainkey.${host}`;
  const remedy = `Let your mail server sign with DKIM, publish its key below ${parent}, and name the selector in DKIM_SELECTOR.`;
  if (selectors.length === 0) {
    if ((await lookup(parent)) !== null) return pass(`DKIM: there are keys below ${parent}`);
    return warn(`There is no DKIM key below ${parent}`, SPAM, remedy);
  }
  for (const selector of selectors) {
    const name = `${selector}.${parent}`;
    const record = ((await lookup(name)) ?? []).find((text) => /(^|;)\s*p=/.test(text));
    if (record === undefined) return fail(`${name} has no DKIM key`, SPAM, remedy);
    if (/(^|;)\s*p=\s*(;|$)/.test(record))
      return fail(`The DKIM key ${name} is revoked`, SPAM, "Publish the key that your mail server signs with.");
  }
  return pass(`DKIM: ${selectors.map((one) => `${one}.${parent}`).join(", ")}`);
}

/** Finds the DMARC record of the host, or of the nearest name above it that has one. */
async function checkDmarc(host: string, lookup: Lookup): Promise<Finding> {
  const labels = host.split(".");
  for (let depth = 0; depth < labels.length - 1; depth += 1) {
    const name = labels.slice(depth).join(".");
    const record = ((await lookup(`_dmarc.${name}`)) ?? []).find((text) => /^v=DMARC1(;|\s|$)/i.test(text));
    if (record) return judgeDmarc(record, name, depth > 0);
  }
  return fail(
    `${host} has no DMARC record`,
    "Large mail servers refuse emails without one, and anyone can send emails in your name.",
    `Publish one, such as: _dmarc.${host}. TXT "v=DMARC1; p=quarantine"`,
  );
}

function judgeDmarc(record: string, name: string, isAbove: boolean): Finding {
  const read = (tag: string) => new RegExp(`;\\s*${tag}=\\s*(\\w+)`, "i").exec(record)?.[1]?.toLowerCase();
  const policy = (isAbove && read("sp")) || read("p");
  if (policy === "quarantine" || policy === "reject") return pass(`DMARC: ${name} has the policy ${policy}`);
  const what = policy === undefined ? "has no policy" : `has the policy ${policy}`;
  return warn(
    `The DMARC record of ${name} ${what}`,
    "It only reports: emails that others send in your name still arrive.",
    "When the reports show only your own servers, set p=quarantine, later p=reject.",
  );
}
