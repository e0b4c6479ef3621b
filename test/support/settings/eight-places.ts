// Imported before anything of src: pictures of 20 MB leave room for eight uploads at once.
process.env.UPLOAD_MAX_MB = "20";
