import Bowser from "bowser";

/** What people call the browser behind a User-Agent header, such as "Firefox on Windows". It may say anything it likes. */
export function describeAgent(agent: string): string {
  if (agent === "") return "An unknown browser";
  const { browser, os } = Bowser.parse(agent);
  const name = browser.name || "An unknown browser";
  return os.name ? `${name} on ${os.name}` : name;
}
