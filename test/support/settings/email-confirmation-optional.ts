// Imported first, by tests of what an unconfirmed address may do where nobody asks for its confirmation.
process.env.EMAIL_CONFIRMATION = "optional";
