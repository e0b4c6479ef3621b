// Imported first, by tests of unconfirmed users where confirmation is optional.
process.env.EMAIL_CONFIRMATION = "optional";
