// Imported first, by tests of times: hashing takes most of a request, as it does in earnest.
process.env.BCRYPT_COST = "8";
