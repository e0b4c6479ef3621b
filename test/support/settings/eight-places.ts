// Imported before anything of src: pictures of 20 MB leave room for eight concurrent uploads.
process.env.UPLOAD_MAX_MB = "20";
