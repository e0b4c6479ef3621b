// Imported first, by tests of a site with a name of its own.
process.env.APP_NAME = "Harbour";
