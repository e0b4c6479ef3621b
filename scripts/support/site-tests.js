// @ts-check
// A site that adopts the app changes what users see, so many of the app's tests no longer describe it. A site is a project
// with tests of its own in test/site; upstream has none there.

const own = "test/site/";

/** Tests of the app that hold for each site: who may open which address, what each requires, what a backup contains, logins. */
const forEachSite = [
  "test/access/access.test.ts",
  "test/access/proofs.test.ts",
  "test/models/backup.test.ts",
  "test/routes/auth/login/login.test.ts",
  "test/routes/auth/logout.test.ts",
  "test/routes/auth/password-reset/password-reset.test.ts",
  "test/views.test.ts",
  "test/web/csrf.test.ts",
];

/** Returns true if the project is a site with tests of its own. @param {string[]} files all test files */
export const isSite = (files) => files.some((file) => file.startsWith(own));

/**
 * Returns the tests of a run of everything: in a site, its own, and a selection of the app's. @param {string[]} files all
 * test files
 */
export const chooseTests = (files) =>
  isSite(files) ? files.filter((file) => file.startsWith(own) || forEachSite.includes(file)) : files;
