import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "../database/engine.js";
import { killAtExit } from "./kill-at-exit.js";

const deploy = fileURLToPath(new URL("../../../../deploy/", import.meta.url));

/** A certificate and its key, as PEM. */
type Tls = { cert: string; key: string };
/**
 * How the configuration of a proxy becomes one for a test: another port, and files in a folder of its own. It has TLS only with
 * a certificate, which is in the folder then.
 */
type Recipe = {
  file: string;
  adapt: (text: string, port: number, folder: string, isTls: boolean) => string;
  words: (file: string, folder: string) => string[];
};

export const recipes: Record<string, Recipe> = {
  nginx: {
    file: "nginx/postern.conf",
    adapt: (text, port, folder, isTls) => {
      const own = text.replace("listen 443", `listen 127.0.0.1:${port}`).replaceAll("/etc/ssl", folder);
      const site = isTls ? own : own.replace(" ssl;", ";").replace(/^ *ssl_.*\n/gm, "");
      const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
        (name) => `${name}_temp_path ${folder}/${name};`,
      );
      return `pid ${folder}/pid; error_log stderr; events {} http { access_log off; ${places.join(" ")}\n${site}}`;
    },
    words: (file, folder) => ["-p", folder, "-c", file, "-g", "daemon off;"],
  },
  haproxy: {
    file: "haproxy/haproxy.cfg",
    // The test may not be root, and has no log service.
    adapt: (text, port) =>
      text.replace(/^ +(user|group|log|option httplog)\b.*\n/gm, "").replace(/bind :443 .*/, `bind 127.0.0.1:${port}`),
    words: (file) => ["-db", "-f", file],
  },
  caddy: {
    file: "caddy/Caddyfile",
    adapt: (text, port) =>
      `{\n\tadmin off\n\tauto_https off\n}\n${text.replace("example.org {", `http://:${port} {\n\tbind 127.0.0.1`)}`,
    words: (file) => ["run", "--adapter", "caddyfile", "--config", file],
  },
};

/** Starts a proxy with its configuration of `deploy`, in front of two instances. The test file ends it. */
export function startProxy(
  name: string,
  port: number,
  instances: [number, number],
  tls?: Tls,
): { output: () => string } {
  const { file, adapt, words } = recipes[name] as Recipe;
  const folder = temporaryDirectory();
  const [one, two] = instances;
  const text = readFileSync(join(deploy, file), "utf8").replaceAll(":3000", `:${one}`).replaceAll(":3001", `:${two}`);
  const adapted = join(folder, "configuration");
  mkdirSync(join(folder, "logs"));
  if (tls) {
    writeFileSync(join(folder, "example.org.pem"), tls.cert);
    writeFileSync(join(folder, "example.org.key"), tls.key);
  }
  writeFileSync(adapted, adapt(text, port, folder, tls !== undefined));
  const child: ChildProcess = spawn(name, words(adapted, folder), {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (output += chunk));
  after(() => void child.kill("SIGTERM"));
  killAtExit(child);
  return { output: () => output };
}
