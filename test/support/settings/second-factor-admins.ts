// Imported before any module of src, by tests of a site where admins must have a second factor.
process.env.SECOND_FACTOR = "admins";
