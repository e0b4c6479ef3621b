// Imported before any module of src, by tests of a site where everyone must have a second factor.
process.env.SECOND_FACTOR = "everyone";
