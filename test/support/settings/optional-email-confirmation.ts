// Imported first, by tests of a site that lets people in before they confirm their address.
process.env.EMAIL_CONFIRMATION = "optional";
