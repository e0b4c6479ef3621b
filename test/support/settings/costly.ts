// Imported first, by tests that measure time: hashing takes most of a request, as in production.
process.env.BCRYPT_COST = "8";
