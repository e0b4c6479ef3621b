import { temporaryDirectory } from "../database/engine.js";

/** The smallest environment that production accepts. The site is `https://example.org`. */
export const productionEnvironment = (port: number, uri: string): Record<string, string> => ({
  NODE_ENV: "production",
  LOG_LEVEL: "fatal",
  PORT: String(port),
  BASE_URL: "https://example.org",
  MONGODB_URI: uri,
  DATA_DIR: temporaryDirectory(),
  SESSION_SECRET: "kT9cVb3mQw8zLx5nRj2hGf7dYs4pAe6u",
  PASSWORD_PEPPER: "uN4bXq7eWz2rTk9mVc5jHs8yLg3dPf6a",
});
