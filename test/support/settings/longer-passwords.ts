// Imported first, by tests of a site where new passwords need 15 characters (PASSWORD_MIN).
process.env.PASSWORD_MIN = "15";
