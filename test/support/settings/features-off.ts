import { site } from "../../../src/site/definitions.js";

// Imported first, by tests of a site that has switched off everything that can be.
Object.assign(site, { features: { posts: false, domains: false, api: false } });
