// Imported first, by tests of a site with its own name.
process.env.APP_NAME = "Harbour";
