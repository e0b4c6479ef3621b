// The reference for all measurements: plain Express that sends constant pages. Takes the sizes of the pages as JSON, `{
// name: bytes }`, and prints its port.
import type { AddressInfo } from "node:net";
import express from "express";

const pages: Record<string, number> = JSON.parse(process.argv[2] ?? "{}");
const app = express();

for (const [name, bytes] of Object.entries(pages)) {
  const page = "<!doctype html>".padEnd(bytes, "x");
  app.get(`/${name}`, (_req, res) => {
    res.type("html").send(page);
  });
}

const server = app.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
