// Imported first, by tests of a site where users may log in before they confirm their email.
process.env.EMAIL_CONFIRMATION = "optional";
